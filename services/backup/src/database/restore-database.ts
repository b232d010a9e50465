import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { DatabaseAddress } from './database-address.ts';
import { emptyDatabaseSql, notEmptyState } from './empty-database.ts';
import { markSql } from './restore-marker.ts';
import { startClient } from './run-client.ts';

/** The place that data are restored to holds some already. */
export class NotEmptyError extends Error {
  override readonly name = 'NotEmptyError';
}

/** How a database is restored. */
export interface DatabaseRestore {
  address: DatabaseAddress;
  /** A dump in pg_dump's custom format. */
  file: string;
  archiveId: string;
  /** Whether rows that are there may be thrown away. */
  mayReplace: boolean;
  programs: string | undefined;
  signal: AbortSignal;
}

/**
 * Replaces all that the application's role has in a database by what a dump holds, in one transaction: whatever
 * happens meanwhile, the database has all of it or is as it was. The application may stay connected.
 * @throws NotEmptyError if there are rows and they may not be thrown away
 */
export async function restoreDatabase(restore: DatabaseRestore): Promise<void> {
  const { address, file, archiveId, mayReplace, programs, signal } = restore;
  const contents = await writeContents(restore);
  const options = [
    '--no-psqlrc',
    '--quiet',
    '--no-password',
    '--set=ON_ERROR_STOP=1',
    '--set=VERBOSITY=verbose',
  ];
  const psql = startClient('psql', [...options, '--file=-'], { programs, signal, address, stdin: 'pipe' });
  const input = psql.child.stdin;
  if (!input) throw new Error('psql was started with a pipe');
  try {
    input.write(`BEGIN;\n${emptyDatabaseSql(mayReplace)}`);
    const read = ['--no-owner', '--no-privileges', `--use-list=${contents}`, '--file=-', file];
    const script = startClient('pg_restore', read, { programs, signal, stdout: 'pipe' });
    if (script.child.stdout) await pipeline(script.child.stdout, input, { end: false });
    await script.ended;
    // Only here: a script that is cut short ends without it, and the transaction with nothing done.
    input.end(`\n${markSql(address.name, archiveId)}COMMIT;\n`);
    await psql.ended;
  } catch (error) {
    input.destroy();
    throw await explain(psql.ended, error, address);
  }
}

/** The reason that psql gives, where it was psql that ended first. */
async function explain(ended: Promise<void>, error: unknown, { name }: DatabaseAddress): Promise<unknown> {
  const cause = await ended.then(
    () => error,
    (reason: unknown) => reason,
  );
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!message.includes(notEmptyState)) return cause;
  const table = /table (\S+) has rows/.exec(message)?.[1];
  return new NotEmptyError(`The database ${name} has data: there are rows in ${table}.`, { cause });
}

/** Lists what is restored of a dump: not the comments of extensions, which only their creators may set. */
async function writeContents({ file, programs, signal }: DatabaseRestore): Promise<string> {
  const { child, ended } = startClient('pg_restore', ['--list', file], { programs, signal, stdout: 'pipe' });
  const list = child.stdout ? await text(child.stdout) : '';
  await ended;
  const lines = list.split('\n').filter((line) => !/ COMMENT - EXTENSION /.test(line));
  await writeFile(`${file}.list`, lines.join('\n'));
  return `${file}.list`;
}
