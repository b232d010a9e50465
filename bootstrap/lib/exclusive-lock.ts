import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pWaitFor from 'p-wait-for';
import { UserError } from './errors.ts';

/** The result code of a database that somebody else holds (https://www.sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;
/** How often is asked whether a lock is free. */
const POLL_MS = 200;

/** A lock that is held; disposing of it lets go. */
export interface ExclusiveLock extends Disposable {
  [Symbol.dispose](): void;
}

/**
 * Takes a lock that one process at a time can hold. It is the operating system's lock on a file, taken by
 * SQLite (https://www.sqlite.org/lockingv3.html): it ends with its process, however that ends, so no lock is
 * ever stale.
 *
 * @param file where the lock is; beside it, `<file>.holder` tells who has it
 * @param holder who takes it, for the message that others get
 * @throws UserError at once when another process holds it
 */
export async function takeExclusiveLock(file: string, holder: string): Promise<ExclusiveLock> {
  const lock = await tryExclusiveLock(file);
  if (lock === undefined) {
    const other = await readFile(`${file}.holder`, 'utf8').catch(() => 'another command');
    throw new UserError(
      `${other.trim()} is at work on this cluster`,
      'Wait for it to end, or end it; then run the command again.',
    );
  }
  await writeFile(`${file}.holder`, `${holder}\n`);
  return lock;
}

/**
 * As {@link takeExclusiveLock}, but waits until the lock is free.
 *
 * @param onWait called once, if somebody else has it
 * @throws UserError when it is not free in time
 */
export async function waitForExclusiveLock(
  file: string,
  timeoutMs: number,
  onWait: () => void,
): Promise<ExclusiveLock> {
  const first = await tryExclusiveLock(file);
  if (first !== undefined) return first;
  onWait();
  const attempt = async () => {
    const lock = await tryExclusiveLock(file);
    return lock === undefined ? false : pWaitFor.resolveWith(lock);
  };
  const late = () =>
    new UserError(
      `Another process has held ${file} for ${timeoutMs / 1000} s`,
      'End it, or wait for it to end; then run the command again.',
    );
  return await pWaitFor(attempt, {
    interval: POLL_MS,
    timeout: { milliseconds: timeoutMs, message: late() },
  });
}

/** The lock, or `undefined` while another holds it. */
async function tryExclusiveLock(file: string): Promise<ExclusiveLock | undefined> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    return undefined;
  }
  return { [Symbol.dispose]: () => database.close() };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
