import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryAsAdministrator } from '../backends/create-test-database.ts';
import { type PostgresServer, startPostgres } from '../backends/start-postgres.ts';
import { hasPsql, runProvision } from './testing/run-provision.ts';

/** Names and passwords as nobody would choose them. */
const role = { username: `in"ven'tory`, password: `pa$$ w'or"d` };
const reader = { username: 're"ader', password: "rea'der" };
const database = 'inven"tory';

describe.skipIf(!hasPsql)('provisioning', () => {
  let folder: string;
  let server: PostgresServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'provision-'));
    server = await startPostgres();
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function writeSecret(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  async function provision(readerPassword: string): Promise<string> {
    return await runProvision(server, {
      POSTGRES_DATABASE: database,
      POSTGRES_USERNAME_FILE: await writeSecret('username', `${role.username}\n`),
      POSTGRES_PASSWORD_FILE: await writeSecret('password', role.password),
      POSTGRES_READER_USERNAME_FILE: await writeSecret('reader', reader.username),
      POSTGRES_READER_PASSWORD_FILE: await writeSecret('reader-password', readerPassword),
    });
  }

  const asOwner = (sql: string) => queryAsAdministrator({ ...server, ...role }, database, sql);
  const asReader = (sql: string) => queryAsAdministrator({ ...server, ...reader }, database, sql);

  test('makes a database, its owner, and a role that reads what the owner makes later', async () => {
    expect(await provision(reader.password)).toBe('');

    await asOwner('CREATE TABLE movies AS SELECT 7 AS id');

    expect(await asReader('TABLE movies')).toEqual([{ id: 7 }]);
    await expect(asReader('INSERT INTO movies VALUES (1)')).rejects.toThrow('read-only transaction');
    await expect(asReader('BEGIN READ WRITE; INSERT INTO movies VALUES (1)')).rejects.toThrow(
      'permission denied',
    );
    await expect(asReader('BEGIN READ WRITE; CREATE TEMPORARY TABLE mine (id int)')).rejects.toThrow(
      'permission denied',
    );
  });

  test('made again changes the password and nothing else', async () => {
    await asOwner('CREATE SCHEMA later; CREATE TABLE later.things AS SELECT 1 AS id');

    expect(await provision('changed')).toBe('');

    await expect(asReader('SELECT 1')).rejects.toThrow('password authentication failed');
    const changed = { ...server, ...reader, password: 'changed' };
    expect(await queryAsAdministrator(changed, database, 'TABLE later.things')).toEqual([{ id: 1 }]);
    expect(await asOwner('TABLE movies')).toEqual([{ id: 7 }]);
  });

  test('leaves the owner the functions that it takes from all others, and gives it no more', async () => {
    const may = (name: string, signature: string) =>
      queryAsAdministrator(
        server,
        database,
        `SELECT has_function_privilege('${name.replaceAll("'", "''")}', '${signature}', 'EXECUTE') AS may`,
      );

    expect(await may(role.username, 'pg_advisory_lock(bigint)')).toEqual([{ may: true }]);
    expect(await may(role.username, 'lo_import(text)')).toEqual([{ may: false }]);
    expect(await may(reader.username, 'pg_advisory_lock(bigint)')).toEqual([{ may: false }]);
  });
});
