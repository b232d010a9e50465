import type pg from 'pg';
import { connectDatabase, type DatabaseAddress } from './database-address.ts';
import { startClient } from './run-client.ts';

/** One moment of a database, for as long as it is not closed. */
export interface Snapshot {
  readonly serverVersion: string;
  /** Writes the database as it was at that moment into a file, in pg_dump's custom format. */
  dump(file: string, programs: string | undefined, signal: AbortSignal): Promise<void>;
  /** Counts the rows of each table at that moment. */
  countRows(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** The tables that are a person's or an application's. */
export const userTables = `
  SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
   ORDER BY 1, 2`;

/** Takes a snapshot (https://www.postgresql.org/docs/17/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION). */
export async function takeSnapshot(address: DatabaseAddress): Promise<Snapshot> {
  const client = await connectDatabase(address);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await client.query('SET LOCAL statement_timeout = 0');
    const { rows } = await client.query<{ id: string; version: string }>(
      "SELECT pg_export_snapshot() AS id, current_setting('server_version') AS version",
    );
    const [{ id, version } = { id: '', version: '' }] = rows;
    return {
      serverVersion: version,
      async dump(file, programs, signal) {
        const what = ['--format=custom', `--snapshot=${id}`, '--no-owner', '--no-privileges'];
        // A table that is being altered is worth waiting for, but not for ever.
        const how = ['--lock-wait-timeout=60s', '--no-password', `--file=${file}`];
        await startClient('pg_dump', [...what, ...how], { programs, signal, address }).ended;
      },
      countRows: () => countRows(client),
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** Counts the rows of each table, in the transaction of a connection. */
export async function countRows(client: pg.Client): Promise<Record<string, number>> {
  const { rows } = await client.query<{ schema: string; name: string }>(userTables);
  const counts: Record<string, number> = {};
  for (const { schema, name } of rows) {
    const table = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
    const answer = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
    counts[schema === 'public' ? name : `${schema}.${name}`] = Number(answer.rows[0]?.count);
  }
  return counts;
}
