import { Agent, type IncomingMessage, request } from 'node:http';
import pg from 'pg';
import type { DatabaseOptions } from 'service-runtime/database/create-database';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { createTestDatabase, queryAsAdministrator } from '../../backends/create-test-database.ts';
import { runServiceProcess, type ServiceProcess } from '../../backends/run-service-process.ts';
import { inventoryEnvironment } from './testing/inventory-environment.ts';
import { topGun, untilStatus } from './testing/start-test-inventory.ts';

let database: DatabaseOptions;
let processes: ServiceProcess[];

beforeEach(async () => {
  database = await createTestDatabase(inject('postgres'));
  processes = [];
});

afterEach(async () => {
  for (const process of processes) await process.end('SIGKILL');
});

async function run(): Promise<ServiceProcess> {
  const process = await runServiceProcess('inventory-app', inventoryEnvironment(database));
  processes.push(process);
  return process;
}

function migrationsOf(...services: readonly ServiceProcess[]): unknown[] {
  return services.flatMap(({ log }) => log.flatMap(({ migrations }) => migrations ?? []));
}

const allMigrations = [
  '0001-create-movies',
  '0002-add-movie-version',
  '0003-index-title-by-trigram',
  '0004-add-movie-creation-key',
];

test('replicas that start together on an empty database migrate it once', async () => {
  const replicas = await Promise.all([run(), run(), run()]);
  for (const { url } of replicas) await untilStatus(200, '/ready', url);

  expect(migrationsOf(...replicas)).toEqual(allMigrations);
  expect(await queryAsAdministrator(database, database.name, 'SELECT name FROM schema_migrations')).toEqual(
    allMigrations.map((name) => ({ name })),
  );
});

test('replica killed in the middle of a migration leaves it to the next, which starts from a clean schema', async () => {
  const { host, port, username: user, password, name } = database;
  const blocker = new pg.Client({ host, port, user, password, database: name });
  await blocker.connect();
  // A table of that name, not committed yet: CREATE TABLE waits for what becomes of it.
  await blocker.query('BEGIN');
  await blocker.query('CREATE TABLE movies ()');
  const first = await run();
  const waiting = () =>
    queryAsAdministrator(
      database,
      name,
      `SELECT wait_event FROM pg_stat_activity WHERE datname = '${name}' AND wait_event_type = 'Lock'`,
    );
  await vi.waitFor(async () => expect(await waiting()).toEqual([{ wait_event: 'transactionid' }]));
  const second = await run();
  await vi.waitFor(async () => expect(await waiting()).toHaveLength(2));

  await first.end('SIGKILL');
  expect((await fetch(`${second.url}/ready`)).status).toBe(503);
  await blocker.query('ROLLBACK');
  await blocker.end();

  await untilStatus(200, '/ready', second.url);
  expect(migrationsOf(second)).toEqual(allMigrations);
});

test('SIGTERM under load fails no request: those in flight are answered, the next go to another replica', async () => {
  const [first, second] = await Promise.all([run(), run()]);
  for (const { url } of [first, second]) await untilStatus(200, '/ready', url);
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  let target = first;
  let isOver = false;
  const statuses = new Map<string, number>();
  const call = async (method: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = method === 'POST' ? { 'content-type': 'application/json' } : {};
    const outgoing = request(`${target.url}/api/movies?limit=5`, { agent, method, headers }, resolve);
    outgoing.on('error', reject).end(method === 'POST' ? JSON.stringify(topGun) : undefined);
    const response = await promise;
    for await (const _chunk of response);
    const key = `${method} ${response.statusCode}`;
    statuses.set(key, (statuses.get(key) ?? 0) + 1);
  };
  const client = async (_value: unknown, index: number) => {
    while (!isOver) await call(index % 4 === 0 ? 'POST' : 'GET');
  };
  const clients = Promise.all(Array.from({ length: 20 }, client));
  await vi.waitFor(() => expect(statuses.get('POST 201')).toBeGreaterThan(100), { timeout: 30_000 });

  const ended = first.end('SIGTERM');
  // As the nodes of a cluster do, the clients learn of it a little later.
  setTimeout(() => {
    target = second;
  }, 500);
  expect(await ended).toBe(0);
  isOver = true;
  await clients;

  expect([...statuses.keys()].sort()).toEqual(['GET 200', 'POST 201']);
  const [{ count } = {}] = await queryAsAdministrator(
    database,
    database.name,
    'SELECT count(*)::int FROM movies',
  );
  expect(count).toBe(statuses.get('POST 201'));
  expect(first.log.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['stopping', 'stopped']));
});
