import { QueryTypes, type Sequelize } from 'sequelize';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { createTestDatabase } from '../../../backends/create-test-database.ts';
import { createLogger } from '../logging/create-logger.ts';
import { createDatabase } from './create-database.ts';
import { runMigrations } from './run-migrations.ts';

const logger = createLogger({ service: 'test', version: '0', level: 'silent' });
const first = { name: '0001-first', sql: 'CREATE TABLE first (id integer)' };
const second = { name: '0002-second', sql: 'CREATE TABLE second (id integer)' };
const broken = { name: '0002-broken', sql: 'CREATE TABLE broken (id integer); SELECT * FROM nowhere' };

let replicas: Sequelize[];

beforeEach(async () => {
  const options = await createTestDatabase(inject('postgres'));
  replicas = [1, 2, 3].map(() => createDatabase(options, logger));
});

afterEach(async () => {
  for (const replica of replicas) await replica.close();
});

async function tables(): Promise<string[]> {
  const rows = await replicas[0]?.query<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    { type: QueryTypes.SELECT },
  );
  return rows?.map(({ name }) => name) ?? [];
}

test('migrations run once when replicas start together', async () => {
  const done = await Promise.all(replicas.map((replica) => runMigrations(replica, [first, second], logger)));

  expect(done.flat().sort()).toEqual([first.name, second.name]);
  expect(await tables()).toEqual(['first', 'schema_migrations', 'second']);
});

test('migrations that ran already are left out, new ones run', async () => {
  const [replica] = replicas;
  if (!replica) throw new Error('no replica');
  await runMigrations(replica, [first], logger);

  expect(await runMigrations(replica, [first, second], logger)).toEqual([second.name]);
  expect(await runMigrations(replica, [first, second], logger)).toEqual([]);
});

test('migration that fails leaves the schema as it was', async () => {
  const [replica] = replicas;
  if (!replica) throw new Error('no replica');

  await expect(runMigrations(replica, [first, broken], logger)).rejects.toThrow('nowhere');

  expect(await tables()).toEqual([]);
});
