/**
 * Does some work at once and again after each interval, never two at a time, until the signal is aborted.
 * @param work what it throws is left out: it is tried again
 */
export function repeat(intervalMs: number, signal: AbortSignal, work: () => Promise<void>): void {
  const run = async () => {
    await work().catch(() => undefined);
    if (signal.aborted) return;
    timer = setTimeout(() => void run(), intervalMs);
  };
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  void run();
}
