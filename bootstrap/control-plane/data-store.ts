import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../lib/errors.ts';

/**
 * How far a restored data store is set ahead. Whoever watches remembers the newest revision that it saw; one
 * that is ahead of the restored store would miss what happens until the store has caught up. The same is
 * advised for etcd (https://etcd.io/docs/v3.6/op-guide/recovery/, "revision bump").
 */
const REVISION_BUMP = 1_000_000_000;

const UNREADABLE = 'Take another snapshot; of this one nothing can be restored.';

/**
 * Makes one consistent, compact file of a copy of the data store and its write-ahead log.
 *
 * @param copy the copied database, beside it its `-wal`
 * @param target a file that doesn't exist
 * @returns the newest revision
 */
export function compactDataStore(copy: string, target: string): number {
  const database = new DatabaseSync(copy);
  try {
    requireIntact(database);
    database.prepare('VACUUM INTO ?').run(target);
    return newestRevision(database);
  } finally {
    database.close();
  }
}

/**
 * Prepares a data store for being restored: sets it far ahead, and forgets who led the databases, which may
 * have changed since: Patroni's members then choose the one that has the newest data.
 *
 * @returns the revision that it has now
 */
export function prepareDataStore(file: string): number {
  const database = new DatabaseSync(file);
  try {
    requireIntact(database);
    const revision = newestRevision(database) + REVISION_BUMP;
    database.exec('BEGIN IMMEDIATE');
    forgetLeaders(database);
    // What kine itself writes for a revision that was never used.
    database
      .prepare(
        `INSERT INTO kine (id, name, created, deleted, create_revision, prev_revision, lease, value, old_value)
         VALUES (?, ?, 0, 1, 0, 0, 0, NULL, NULL)`,
      )
      .run(revision, `gap-${revision}`);
    // Or kine would compact its way through all that was skipped, a thousand revisions at a time.
    database.prepare(`UPDATE kine SET prev_revision = ? WHERE name = 'compact_rev_key'`).run(revision);
    database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;');
    return revision;
  } finally {
    database.close();
  }
}

/** Patroni keeps leader and synchronous standbys in Endpoints SCOPE and SCOPE-sync. */
function forgetLeaders(database: DatabaseSync): void {
  const prefix = '/registry/services/endpoints/';
  const rows = database
    .prepare(`SELECT DISTINCT name FROM kine WHERE name LIKE ? || '%-sync'`)
    .all(prefix) as { name: string }[];
  const remove = database.prepare('DELETE FROM kine WHERE name IN (?, ?)');
  for (const { name } of rows) remove.run(name, name.slice(0, -'-sync'.length));
}

function requireIntact(database: DatabaseSync): void {
  const problems = check(database);
  if (problems.length === 0) return;
  throw new UserError(`The data store in it is damaged: ${problems.slice(0, 3).join('; ')}`, UNREADABLE);
}

function check(database: DatabaseSync): string[] {
  try {
    const rows = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function newestRevision(database: DatabaseSync): number {
  const row = database.prepare('SELECT MAX(id) AS revision FROM kine').get() as { revision: number | null };
  if (row.revision) return row.revision;
  throw new UserError('The data store in it is empty.', UNREADABLE);
}
