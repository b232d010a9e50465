import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { PostgresAddress } from './start-postgres.ts';

/** Whom to let read what. */
export interface ReaderRequest {
  /** An existing database. */
  database: string;
  /** The existing role that owns it. */
  application: string;
  /** The role that shall only read; made where there is none. */
  reader: string;
  password: string;
}

const rights = join(import.meta.dirname, '..', 'postgres', 'reader.sql');

/** Makes a role that can only read a database, or brings it in line, by the SQL that the image postgres runs. */
export async function prepareReader(
  { host, port, username: user, password }: PostgresAddress,
  request: ReaderRequest,
): Promise<void> {
  const { database, application, reader } = request;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [reader]);
    const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
    const secret = pg.escapeLiteral(request.password);
    await client.query(`${verb} ROLE ${pg.escapeIdentifier(reader)} LOGIN PASSWORD ${secret}`);
    await client.query(
      "SELECT set_config('provision.reader', $1, false), set_config('provision.application', $2, false)",
      [reader, application],
    );
    await client.query(await readFile(rights, 'utf8'));
  } finally {
    await client.end();
  }
}
