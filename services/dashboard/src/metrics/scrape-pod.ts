import { type Exposition, parseExposition } from './parse-exposition.ts';

const timeoutMs = 1500;

/**
 * Asks a pod for its metrics.
 * @param path with its query
 * @throws where it doesn't answer in time, or not with 200
 */
export async function scrapePod(address: string, port: number, path: string): Promise<Exposition> {
  const host = address.includes(':') ? `[${address}]` : address;
  const response = await fetch(`http://${host}:${port}${path}`, { signal: AbortSignal.timeout(timeoutMs) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${host}:${port}${path} answered ${response.status}`);
  return parseExposition(text);
}
