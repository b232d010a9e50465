import autocannon from 'autocannon';
import { percentile } from './statistics.ts';

/** What was measured of a server. */
export interface RequestFigures {
  requestsPerSecond: number;
  p99Ms: number;
}

export interface LoadOptions {
  connections: number;
  seconds: number;
}

/**
 * Sends GET requests for a while, over each connection one after the other.
 * @throws if one of them is not answered by 2xx: what fails fast would look fast
 */
export async function measureRequests(
  url: string,
  { connections, seconds }: LoadOptions,
): Promise<RequestFigures> {
  const latenciesMs: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon({ url, connections, duration: seconds }, (error, done) =>
      error ? reject(error as Error) : resolve(done),
    );
    // Its own histogram counts whole milliseconds.
    instance.on('response', (_client, _status, _bytes, latencyMs) => latenciesMs.push(latencyMs));
  });
  const failures = result.non2xx + result.errors;
  if (failures > 0) throw new Error(`${failures} of ${latenciesMs.length} requests to ${url} failed`);
  return { requestsPerSecond: latenciesMs.length / result.duration, p99Ms: percentile(latenciesMs, 99) };
}
