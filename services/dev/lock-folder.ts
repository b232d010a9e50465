import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../bootstrap/lib/errors.ts';
import { type ExclusiveLock, takeExclusiveLock } from '../../bootstrap/lib/exclusive-lock.ts';

/**
 * Makes the folder where it isn't there yet, and keeps a second run away from the databases of the first.
 * @throws UserError if there is one already
 */
export async function lockFolder(folder: string): Promise<ExclusiveLock> {
  // As root, PostgreSQL's user has to get through it.
  await mkdir(folder, { recursive: true, mode: 0o755 });
  try {
    return await takeExclusiveLock(join(folder, 'lock'), `npm run dev (process ${process.pid})`);
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(
      `npm run dev runs for this clone already: the data in ${folder} are in use`,
      'Use that one, or end it by Ctrl-C in its terminal.',
      { cause },
    );
  }
}
