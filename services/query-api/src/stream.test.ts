import { setTimeout as sleep } from 'node:timers/promises';
import { ndjsonType, queryLineSchema } from 'service-contracts/query';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  createReadableDatabase,
  post,
  postUnread,
  type ReadableDatabase,
  startTestService,
  streamLimits,
} from './testing/query-service.ts';

let database: ReadableDatabase;
let service: RunningService;

beforeAll(async () => {
  database = await createReadableDatabase(inject('postgres'));
  service = await startTestService({ inventory: database });
});

afterAll(() => service.stop());

/** 60 MB: more than the sockets and the service hold. */
const wide = "SELECT repeat('x', 100000) FROM generate_series(1, 600)";

async function stream(
  sql: string,
  own = service,
): Promise<{ response: Response; lines: Record<string, unknown>[] }> {
  const response = await post(own, { database: 'inventory', sql }, { accept: ndjsonType });
  const text = await response.text();
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { response, lines };
}

describe('stream', () => {
  test('has a line of columns, one for each row, and one that tells the end', async () => {
    const { response, lines } = await stream('SELECT id, title FROM movies ORDER BY id');

    expect(response.headers.get('content-type')).toBe(ndjsonType);
    expect(lines).toEqual([
      {
        columns: [
          { name: 'id', type: 'integer' },
          { name: 'title', type: 'text' },
        ],
      },
      [1, 'Alien'],
      [2, 'Aliens'],
      [3, 'Top Gun'],
      { rowCount: 3, truncated: false },
    ]);
    for (const line of lines) expect(queryLineSchema.safeParse(line).success).toBe(true);
  });

  test('of no rows has its first and its last line', async () => {
    const { lines } = await stream('SELECT 1 AS a WHERE false');

    expect(lines).toEqual([{ columns: [{ name: 'a', type: 'integer' }] }, { rowCount: 0, truncated: false }]);
  });

  test('has many more rows than one document may have, in their order', async () => {
    const { lines } = await stream('SELECT generate_series(1, 150000)');

    expect(lines).toHaveLength(150_002);
    expect(lines.slice(1, -1).every((line, index) => Array.isArray(line) && line[0] === index + 1)).toBe(
      true,
    );
    expect(lines.at(-1)).toEqual({ rowCount: 150_000, truncated: false });
  });

  test('is cut by its own limits of rows and of bytes', async () => {
    const rows = await stream('SELECT generate_series(1, 300000)');
    const bytes = await stream("SELECT repeat('x', 1000000) FROM generate_series(1, 100)");

    expect(rows.lines.at(-1)).toEqual({ rowCount: streamLimits.maxRows, truncated: true });
    expect(bytes.lines.at(-1)).toEqual({ rowCount: 63, truncated: true });
  });

  test('that fails at once is a problem with its own status', async () => {
    const response = await post(
      service,
      { database: 'inventory', sql: 'SELECT nothing' },
      { accept: ndjsonType },
    );

    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  test('that fails on the way tells so in its last line', async () => {
    const { response, lines } = await stream('SELECT 1000 / (500 - i) FROM generate_series(1, 1000) AS i');

    expect(response.status).toBe(200);
    expect(lines.at(-1)).toMatchObject({ error: { status: 422, code: '22012' } });
    expect(lines.length).toBeGreaterThan(10);
    expect(queryLineSchema.safeParse(lines.at(-1)).success).toBe(true);
  });

  test('that takes too long tells so in its last line', async () => {
    const own = await startTestService(
      { inventory: database },
      { streamLimits: { ...streamLimits, timeoutMs: 500 } },
    );

    const { lines } = await stream(
      'WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT i FROM r WHERE i % 1000000 = 1',
      own,
    );

    expect(lines.at(-1)).toMatchObject({ error: { status: 422, code: '57014' } });
    await own.stop();
  });

  test('is fetched no faster than it is read', async () => {
    const response = await postUnread(service, wide, ndjsonType);
    await sleep(500);

    // Not ClientWrite, which would say that PostgreSQL has more to send than the service takes.
    const waiting = `SELECT wait_event FROM pg_stat_activity WHERE usename = '${database.username}' AND state = 'active'`;
    expect(await database.asAdministrator(waiting)).toEqual([{ wait_event: 'ClientRead' }]);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect(bytes).toBeGreaterThan(60_000_000);
  });

  test('that nobody reads gives its connection back when its time is up', async () => {
    const own = await startTestService(
      { inventory: { ...database, poolSize: 1 } },
      { streamLimits: { ...streamLimits, timeoutMs: 500 } },
    );
    const unread = await postUnread(own, wide, ndjsonType);

    await expect
      .poll(async () => (await post(own, { database: 'inventory', sql: 'SELECT 1' })).status, {
        timeout: 5000,
      })
      .toBe(200);

    unread.destroy();
    await own.stop();
  });
});
