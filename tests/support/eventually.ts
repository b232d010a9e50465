import pWaitFor from 'p-wait-for';

/** What is asked again until it holds. */
export interface Expectation {
  readonly description: string;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
}

/** Asks until the answer is neither `false` nor `undefined`; returns it and the seconds that it took. */
export async function eventually<T>(
  { description, timeoutMs, intervalMs = 250 }: Expectation,
  ask: () => Promise<T | false | undefined>,
): Promise<{ readonly value: T; readonly seconds: number }> {
  const startedAtMs = performance.now();
  let lastError: unknown;
  const probe = async () => {
    try {
      const answer = await ask();
      return answer === false || answer === undefined ? false : pWaitFor.resolveWith(answer);
    } catch (error) {
      lastError = error;
      return false;
    }
  };
  const message = () =>
    new Error(`${timeoutMs / 1000} s passed without ${description}`, { cause: lastError });
  const value = await pWaitFor(probe, { interval: intervalMs, timeout: timeoutMs }).catch(() => {
    throw message();
  });
  return { value, seconds: (performance.now() - startedAtMs) / 1000 };
}
