import { expect, vi } from 'vitest';

/** For what depends on servers that start on a machine of two cores. */
export const patience = { timeout: 30_000, interval: 50 };

export const order = { user_id: '22', number_of_items: '4', total_amount: '54557' };

export async function postJson(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** Waits until a service answers so at `GET /ready`. @returns its report */
export async function untilReady(url: string, status = 200): Promise<unknown> {
  return await vi.waitFor(async () => {
    const response = await fetch(`${url}/ready`);
    expect(response.status).toBe(status);
    return await response.json();
  }, patience);
}
