import { once } from 'node:events';
import { ndjsonType } from 'service-contracts/query';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  createReadableDatabase,
  limits,
  post,
  postUnread,
  type ReadableDatabase,
  startTestService,
  streamLimits,
} from './testing/query-service.ts';

const patience = { timeout: 10_000, interval: 10 };
const endless = 'SELECT count(*) FROM generate_series(1, 99999) a, generate_series(1, 99999) b';
const wide = "SELECT repeat('x', 100000) FROM generate_series(1, 600)";

let database: ReadableDatabase;
let service: RunningService;

beforeAll(async () => {
  database = await createReadableDatabase(inject('postgres'));
  // What ends a statement here is not its time limit.
  service = await startTestService(
    { inventory: database },
    { limits: { ...limits, timeoutMs: 50_000 }, streamLimits: { ...streamLimits, timeoutMs: 50_000 } },
  );
});

afterAll(() => service.stop());

/** What runs as the reader now, other than the questions of the service itself. */
async function runningStatements(): Promise<unknown[]> {
  return await database.asAdministrator(
    `SELECT query FROM pg_stat_activity WHERE usename = '${database.username}' AND state <> 'idle'`,
  );
}

describe('client that hangs up', () => {
  test.each([
    ['before the answer', endless, 'application/json'],
    ['before a stream', endless, ndjsonType],
  ])('%s ends the statement in PostgreSQL', async (_moment, sql, accept) => {
    const leaving = new AbortController();
    const left = post(service, { database: 'inventory', sql }, { accept }, leaving.signal);
    const failed = expect(left).rejects.toThrow();
    await expect.poll(runningStatements, patience).toHaveLength(1);

    leaving.abort();
    await failed;

    await expect.poll(runningStatements, patience).toEqual([]);
  });

  test('amid a stream ends the statement in PostgreSQL', async () => {
    const response = await postUnread(service, wide, ndjsonType);
    await once(response, 'readable');
    expect(await runningStatements()).toHaveLength(1);

    response.destroy();

    await expect.poll(runningStatements, patience).toEqual([]);
  });

  test('again and again leaves connections for others', async () => {
    for (let count = 0; count < 12; count += 1) {
      const leaving = new AbortController();
      setTimeout(() => leaving.abort(), 20 * count);
      await post(service, { database: 'inventory', sql: endless }, {}, leaving.signal).catch(() => undefined);
    }

    await expect
      .poll(async () => (await post(service, { database: 'inventory', sql: 'SELECT 1' })).status, patience)
      .toBe(200);
    await expect.poll(runningStatements, patience).toEqual([]);
  });
});
