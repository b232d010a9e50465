import { setTimeout as pause } from 'node:timers/promises';

/** What is waited for, and how long. */
export interface Wait {
  readonly description: string;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Asks until nothing is missing any more.
 *
 * @param ask what is missing, in words
 * @returns the seconds that it took
 * @throws Error with what was missing last, when the time has passed
 */
export async function waitUntil(
  { description, timeoutMs, intervalMs = 1000, signal }: Wait,
  ask: () => Promise<readonly string[]>,
): Promise<number> {
  const startedMs = performance.now();
  while (true) {
    const missing = await ask();
    const elapsedMs = performance.now() - startedMs;
    if (missing.length === 0) return elapsedMs / 1000;
    if (elapsedMs > timeoutMs)
      throw new Error(
        `${Math.round(timeoutMs / 1000)} s passed without ${description}: ${missing.join('; ')}`,
      );
    await pause(intervalMs, undefined, { signal });
  }
}
