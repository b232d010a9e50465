import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import {
  BadArchiveError,
  type VerifiedArchive,
  verifyArchive,
} from '../../services/backup/src/archive/read-archive.ts';
import { exists } from '../artifacts/artifact.ts';
import { UserError } from '../lib/errors.ts';
import { syncToDisk } from '../lib/sync-to-disk.ts';

/** The name of a backup that nobody named: `<cluster>-<time>.backup` in the current directory. */
export function defaultBackupFile(cluster: string, now: Date, suffix = ''): string {
  return `${cluster}-${now.toISOString().replace(/[-:]|\.\d+/g, '')}${suffix}.backup`;
}

/** Refuses a file that is there already, or whose folder isn't, before anything is done. */
export async function requireNewFile(file: string): Promise<void> {
  if (await exists(file))
    throw new UserError(`${file} is there already.`, 'Name another file, or move that one away.');
  const folder = dirname(resolve(file));
  if (!(await exists(folder)))
    throw new UserError(`The folder ${folder} is not there.`, `Make it: mkdir -p ${folder}`);
}

/**
 * Writes a backup: under another name first, which is removed if anything fails; readable by its owner only; read
 * through and on the disk before it gets its name.
 *
 * @param fill writes the archive to a stream and ends it
 */
export async function writeBackupFile(
  file: string,
  fill: (target: Writable) => Promise<void>,
): Promise<VerifiedArchive> {
  const partial = `${file}.partial`;
  try {
    await fill(createWriteStream(partial, { mode: 0o600 }));
    const archive = await verifyArchive(partial);
    await syncToDisk(partial);
    await rename(partial, file);
    await syncToDisk(dirname(resolve(file)));
    return archive;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Reads a backup through. Throws UserError unless it is whole and of a version that is known. */
export async function readBackupFile(file: string): Promise<VerifiedArchive & { readonly bytes: number }> {
  if (!(await exists(file))) throw new UserError(`There is no file ${file}.`, 'Give the path of a backup.');
  try {
    return { ...(await verifyArchive(file)), bytes: (await stat(file)).size };
  } catch (cause) {
    if (!(cause instanceof BadArchiveError)) throw cause;
    throw new UserError(cause.message, 'Nothing has been changed. Use another backup.', { cause });
  }
}
