import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { DatabaseOptions } from 'service-runtime/database/create-database';
import type { PostgresAddress } from './start-postgres.ts';

/** Creates an empty database with a name of its own. @returns what a service needs to use it */
export async function createTestDatabase(server: PostgresAddress): Promise<DatabaseOptions> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await queryAsAdministrator(server, 'postgres', `CREATE DATABASE ${name}`);
  return {
    host: server.host,
    port: server.port,
    name,
    username: server.username,
    password: server.password,
    poolSize: 5,
    applicationName: 'test',
  };
}

/** Runs one statement on a connection of its own. @returns its rows */
export async function queryAsAdministrator(
  { host, port, username: user, password }: PostgresAddress,
  database: string,
  sql: string,
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
