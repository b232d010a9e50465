import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterEach, describe, expect, inject, test, vi } from 'vitest';
import { type PostgresServer, startPostgres } from '../../backends/start-postgres.ts';
import type { ReaderOptions } from './database/reader-database.ts';
import {
  createReadableDatabase,
  limits,
  post,
  query,
  type ReadableDatabase,
  startTestService,
} from './testing/query-service.ts';

const patience = { timeout: 10_000, interval: 10 };
const slow = 'SELECT count(*) FROM generate_series(1, 99999) a, generate_series(1, 99999) b';

let service: RunningService;
let server: PostgresServer | undefined;

afterEach(async () => {
  await service.stop();
  await server?.stop();
  server = undefined;
});

async function untilStatus(status: number, path: string): Promise<Response> {
  return await vi.waitFor(
    async () => {
      const response = await fetch(`http://127.0.0.1:${service.port}${path}`);
      expect(response.status).toBe(status);
      return response;
    },
    { timeout: 30_000, interval: 50 },
  );
}

async function readMetric(line: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((candidate) => candidate.startsWith(line))
      ?.split(' ')
      .at(-1),
  );
}

describe('pool', () => {
  let database: ReadableDatabase;

  async function start(overrides: Partial<ReaderOptions>): Promise<void> {
    database = await createReadableDatabase(inject('postgres'));
    service = await startTestService({ inventory: { ...database, ...overrides } });
  }

  test('that is exhausted answers 503 with Retry-After, and shows in the metrics', async () => {
    await start({ poolSize: 2, poolWaitMs: 300 });
    const running = [query(service, slow), query(service, slow)];
    await expect
      .poll(() => readMetric('database_pool_connections{database="inventory",state="used"}'), patience)
      .toBe(2);

    const refused = query(service, 'SELECT 1');
    await expect
      .poll(() => readMetric('database_pool_connections{database="inventory",state="waiting"}'), patience)
      .toBe(1);
    const { status, headers, body } = await refused;

    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('2');
    expect(body.detail).toBe('All connections to the database are in use.');
    expect((await Promise.all(running)).map((answer) => answer.status)).toEqual([422, 422]);
    expect((await query(service, 'SELECT 1')).status).toBe(200);
  });

  test('makes callers wait for each other if that is short', async () => {
    await start({ poolSize: 1, poolWaitMs: 5000 });

    const answers = await Promise.all(Array.from({ length: 50 }, () => query(service, 'SELECT 1')));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  test('does not wait for a lock for long, and says that it was one', async () => {
    await start({});
    const locked = database.asOwner(
      'BEGIN; LOCK TABLE movies IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1.5); COMMIT',
    );
    await expect
      .poll(
        () => database.asAdministrator("SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"),
        patience,
      )
      .not.toEqual([]);

    const { status, body } = await query(service, 'TABLE movies');

    expect({ status, code: body.code }).toEqual({ status: 503, code: '55P03' });
    await locked;
    expect((await query(service, 'TABLE movies')).status).toBe(200);
  });

  test('serves on after an administrator has ended its sessions', async () => {
    await start({});
    const running = query(service, slow);
    // A connection counts as used while it is made; there is a session once its statement runs.
    const sessions = `SELECT 1 FROM pg_stat_activity WHERE usename = '${database.username}' AND state = 'active'`;
    await expect.poll(() => database.asAdministrator(sessions), patience).toHaveLength(1);
    await database.asAdministrator(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${database.username}'`,
    );

    expect((await running).status).toBe(503);
    expect((await query(service, 'SELECT 1')).status).toBe(200);
  });

  test('busy as it may be, the service stays ready', async () => {
    await start({ poolSize: 1 });
    const running = query(service, slow);

    await untilStatus(200, '/ready');

    expect((await running).status).toBe(422);
  });
});

describe('database', () => {
  test('that is absent, comes, goes amid a statement and comes again: 503 meanwhile, and 200 after', async () => {
    server = await startPostgres();
    const database = await createReadableDatabase(server);
    await server.kill();
    service = await startTestService({ inventory: database });
    expect(await (await untilStatus(200, '/health')).json()).toEqual({ status: 'alive' });
    await untilStatus(503, '/ready');
    const refused = await query(service, 'SELECT 1');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('2');

    await server.restart();
    await untilStatus(200, '/ready');
    expect((await query(service, 'SELECT 1')).status).toBe(200);

    const running = query(service, slow);
    await expect
      .poll(() => readMetric('database_pool_connections{database="inventory",state="used"}'), patience)
      .toBe(1);
    await server.kill();
    expect((await running).status).toBe(503);
    await untilStatus(503, '/ready');

    await server.restart();
    await untilStatus(200, '/ready');
    expect((await query(service, 'TABLE movies')).body.rowCount).toBe(3);
  });

  test('that is down does not take the other one along', async () => {
    const database = await createReadableDatabase(inject('postgres'));
    service = await startTestService({ inventory: database, billing: { ...database, port: 1 } });

    const ready = await untilStatus(200, '/ready');
    expect(await ready.json()).toEqual({
      status: 'ready',
      dependencies: {
        'inventory-database': { status: 'up' },
        'billing-database': { status: 'down', reason: 'ECONNREFUSED' },
      },
    });
    expect((await query(service, 'SELECT 1')).status).toBe(200);
    expect((await post(service, { database: 'billing', sql: 'SELECT 1' })).status).toBe(503);
  });

  test('with another password is 503, and says nothing of it', async () => {
    const database = await createReadableDatabase(inject('postgres'));
    service = await startTestService({ inventory: { ...database, password: 'wrong' } });

    const { status, body } = await query(service, 'SELECT 1');

    expect(status).toBe(503);
    expect(JSON.stringify(body)).not.toContain(database.username);
  });

  test('finishes what runs when the service stops', async () => {
    const database = await createReadableDatabase(inject('postgres'));
    service = await startTestService({ inventory: database });
    const running = query(service, slow);
    await expect
      .poll(() => readMetric('database_pool_connections{database="inventory",state="used"}'), patience)
      .toBe(1);
    const started = Date.now();

    await service.stop();

    expect((await running).status).toBe(422);
    expect(Date.now() - started).toBeLessThan(limits.timeoutMs + 1000);
    service = await startTestService({ inventory: database });
  });
});
