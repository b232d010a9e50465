import { request } from 'node:https';
import { text } from 'node:stream/consumers';

/** What Argo CD's API answers. */
export interface ArgoCdAnswer {
  readonly status: number;
  /** The answer, parsed; empty where it is no JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request to Argo CD's API (https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/). */
export interface ArgoCdRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly token?: string;
  readonly body?: object;
}

/** Asks Argo CD over TLS, whose certificate is its own. */
export async function askArgoCd(
  address: string,
  { method = 'GET', path, token, body }: ArgoCdRequest,
): Promise<ArgoCdAnswer> {
  const headers = {
    'Content-Type': 'application/json',
    ...(token ? { Authorization: `Bearer ${token}` } : {}),
  };
  return await new Promise((resolve, reject) => {
    const sent = request(`https://${address}${path}`, { method, headers, rejectUnauthorized: false });
    sent.on('error', reject).on('response', (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, body: parseObject(answer) }),
        reject,
      );
    });
    sent.end(body ? JSON.stringify(body) : undefined);
  });
}

function parseObject(answer: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(answer);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
