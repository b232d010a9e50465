import pg from 'pg';
import { queryAsAdministrator } from '../backends/create-test-database.ts';
import type { PostgresAddress } from '../backends/start-postgres.ts';

/** How a service reaches its database. */
export interface DatabaseAddress extends PostgresAddress {
  name: string;
}

/**
 * Makes a database and the role that owns it, both of one name, or finds them; as the image of the databases does.
 * @returns how that role reaches it. Its password is the server's: both are of this machine and this clone.
 */
export async function prepareDatabase(server: PostgresAddress, name: string): Promise<DatabaseAddress> {
  const identifier = pg.escapeIdentifier(name);
  const literal = pg.escapeLiteral(name);
  const query = (sql: string) => queryAsAdministrator(server, 'postgres', sql);
  if ((await query(`SELECT FROM pg_roles WHERE rolname = ${literal}`)).length === 0) {
    await query(`CREATE ROLE ${identifier} LOGIN`);
  }
  await query(`ALTER ROLE ${identifier} LOGIN PASSWORD ${pg.escapeLiteral(server.password)}`);
  if ((await query(`SELECT FROM pg_database WHERE datname = ${literal}`)).length === 0) {
    await query(`CREATE DATABASE ${identifier} OWNER ${identifier}`);
  }
  const { host, port, password } = server;
  return { host, port, username: name, password, name };
}
