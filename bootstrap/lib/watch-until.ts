import { describeError, UserError } from './errors.ts';
import type { ManagedObject } from './managed-object.ts';

const RECONNECT_DELAY_MS = 500;

/** A state of objects that is waited for. */
export interface ObjectState {
  /** Completes the sentence "Waited 30 s in vain for …". */
  readonly description: string;
  readonly timeoutMs: number;
  readonly remedy: string;
  /** What is still missing, in a few words; `undefined` when the state is reached. */
  readonly missing: (objects: readonly ManagedObject[]) => string | undefined;
  /** Told what is still missing, whenever that changes. */
  readonly onChange?: (missing: string) => void;
}

/** The time for a state has passed before it was reached. */
export class DeadlineError extends UserError {}

/** What keeps a list of objects up to date. */
export interface ObjectInformer {
  on(event: 'add' | 'update' | 'delete', callback: (object: ManagedObject) => void): void;
  on(event: 'error', callback: (error?: unknown) => void): void;
  list(): readonly ManagedObject[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Watches objects until they are in a state. The API server may go away meanwhile, and come back.
 *
 * @throws DeadlineError when the state's time has passed
 */
export async function watchUntil(informer: ObjectInformer, state: ObjectState): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let missing = 'the first answer of the API server';
  // Objects of a list are announced one by one: look when all are there.
  const look = createSoon(() => {
    const now = state.missing(informer.list());
    if (now === undefined) return resolve();
    if (now !== missing) state.onChange?.(now);
    missing = now;
  });
  for (const event of ['add', 'update', 'delete'] as const) informer.on(event, look);
  const timers: { restart?: NodeJS.Timeout } = {};
  let isOver = false;
  let started = Promise.resolve();
  const start = () => {
    started = informer.start().then(look, (error: unknown) => state.onChange?.(describeError(error)));
  };
  informer.on('error', () => {
    // Stopping a watch is an error to it, too.
    if (isOver) return;
    clearTimeout(timers.restart);
    timers.restart = setTimeout(start, RECONNECT_DELAY_MS);
  });
  const deadline = setTimeout(() => {
    const seconds = Math.round(state.timeoutMs / 1000);
    reject(
      new DeadlineError(`Waited ${seconds} s in vain for ${state.description}: ${missing}`, state.remedy),
    );
  }, state.timeoutMs);
  start();
  await promise.finally(async () => {
    isOver = true;
    clearTimeout(deadline);
    clearTimeout(timers.restart);
    // A stop before the watch has begun would leave it open, and this program running, for ever.
    await started;
    await informer.stop();
  });
}

/** Does some work once, in a moment, however often it is asked for until then. */
function createSoon(work: () => void): () => void {
  const state = { isScheduled: false };
  return () => {
    if (state.isScheduled) return;
    state.isScheduled = true;
    setImmediate(() => {
      state.isScheduled = false;
      work();
    });
  };
}
