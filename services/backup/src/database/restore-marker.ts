import type pg from 'pg';

const prefix = 'restored from backup ';

/**
 * SQL that notes in a database, within the transaction that fills it, which archive it comes from. The note is there
 * until the whole restore is done, so that one that was killed can go on.
 */
export function markSql(database: string, archiveId: string): string {
  return `COMMENT ON DATABASE ${quote(database)} IS '${prefix}${archiveId}';\n`;
}

/** @returns the id of the archive of a restore that is not done yet */
export async function readMarker(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ comment: string | null }>(
    "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = current_database()",
  );
  const comment = rows[0]?.comment ?? '';
  return comment.startsWith(prefix) ? comment.slice(prefix.length) : undefined;
}

/** Removes the note, and brings the planner's statistics up to date. */
export async function finishRestore(client: pg.Client, database: string): Promise<void> {
  if ((await readMarker(client)) !== undefined)
    await client.query(`COMMENT ON DATABASE ${quote(database)} IS NULL`);
  await client.query('ANALYZE');
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
