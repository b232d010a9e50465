import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from './errors.ts';

/** The result code of a database that somebody else holds (https://www.sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;

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
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    const other = await readFile(`${file}.holder`, 'utf8').catch(() => 'another command');
    throw new UserError(
      `${other.trim()} is at work on this cluster`,
      'Wait for it to end, or end it; then run the command again.',
      { cause: error },
    );
  }
  await writeFile(`${file}.holder`, `${holder}\n`);
  return { [Symbol.dispose]: () => database.close() };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
