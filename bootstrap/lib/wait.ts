import pWaitFor from 'p-wait-for';
import { UserError } from './errors.ts';

/** What is waited for. */
export interface Condition<T> {
  /** Completes the sentence "Waited 30 s for …". */
  readonly description: string;
  readonly timeoutMs: number;
  /** How often `probe` is asked; 250 ms unless told. */
  readonly intervalMs?: number;
  /** What to do when the time has passed. */
  readonly remedy: string;
  /** The awaited value, or `undefined` as long as it isn't there. */
  readonly probe: () => Promise<T | undefined>;
}

/**
 * Probes until there is a value, for conditions that nothing announces (a port that opens, a command that
 * works). What the API server announces is watched instead.
 *
 * @throws UserError when `timeoutMs` has passed
 */
export async function waitFor<T>(condition: Condition<T>): Promise<T> {
  const seconds = Math.round(condition.timeoutMs / 1000);
  const message = new UserError(
    `Waited ${seconds} s in vain for ${condition.description}.`,
    condition.remedy,
  );
  const probe = async () => {
    const value = await condition.probe();
    return value === undefined ? false : pWaitFor.resolveWith(value);
  };
  return await pWaitFor(probe, {
    interval: condition.intervalMs ?? 250,
    timeout: { milliseconds: condition.timeoutMs, message },
  });
}
