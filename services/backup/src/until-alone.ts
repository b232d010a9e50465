import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const lookAgainMs = 1000;

/**
 * Resolves when this process has been the only one of its container for a while, or the signal is aborted. A
 * container has process ids of its own (https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/).
 */
export async function untilAlone(idleMs: number, signal: AbortSignal): Promise<void> {
  let sinceMs = performance.now();
  while (!signal.aborted && performance.now() - sinceMs < idleMs) {
    const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    if (processes.some((id) => Number(id) !== process.pid)) sinceMs = performance.now();
    await sleep(lookAgainMs, undefined, { signal }).catch(() => undefined);
  }
}
