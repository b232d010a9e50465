import { useEffect, useState } from 'preact/hooks';

/** @returns the time in milliseconds, anew every so often */
export function useClock(intervalMs: number): number {
  const [nowMs, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return nowMs;
}
