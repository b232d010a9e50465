import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  createReadableDatabase,
  limits,
  query,
  type ReadableDatabase,
  startTestService,
} from './testing/query-service.ts';

// As if nobody had taken these functions away from the role: what they do must end with the call all the same.
const granted = ['set_config(text, text, boolean)', 'pg_advisory_lock(bigint)', 'pg_notify(text, text)'];

let database: ReadableDatabase;
let service: RunningService;

beforeAll(async () => {
  database = await createReadableDatabase(inject('postgres'));
  for (const name of granted) {
    await database.asAdministrator(`GRANT EXECUTE ON FUNCTION ${name} TO ${database.username}`);
  }
  // One connection, so that every call meets what the one before it left.
  service = await startTestService({ inventory: { ...database, poolSize: 1 } });
});

afterAll(() => service.stop());

async function readSession(): Promise<unknown> {
  const { body } = await query(
    service,
    `SELECT pg_backend_pid(), current_setting('search_path'), current_setting('TimeZone'), current_user::text,
       current_setting('client_encoding'), current_setting('statement_timeout'), current_setting('transaction_read_only'),
       (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())`,
  );
  return body.rows;
}

test.each([
  ["SELECT set_config('search_path', 'mine', false)", 200],
  ["SELECT set_config('TimeZone', 'Asia/Tokyo', false)", 200],
  ["SELECT set_config('client_encoding', 'LATIN1', false)", 200],
  ["SELECT set_config('default_transaction_read_only', 'off', false)", 200],
  ["SELECT set_config('transaction_read_only', 'off', false)", 422],
  ["SELECT set_config('role', 'postgres', false)", 403],
  ["SELECT set_config('temp_file_limit', '-1', false)", 403],
  ['SELECT pg_advisory_lock(1)', 200],
  ["SELECT pg_notify('mine', 'x')", 200],
  ["SELECT 1 / length(set_config('search_path', '', false))", 422],
])('%s leaves no trace for the next caller on the same connection', async (sql, status) => {
  const before = await readSession();

  expect((await query(service, sql)).status).toBe(status);

  expect(await readSession()).toEqual(before);
});

test('time limit holds even for a statement that lifts that of PostgreSQL', async () => {
  const started = Date.now();
  const sql = `SELECT count(*) FROM (SELECT set_config('statement_timeout', '0', false)) s,
    generate_series(1, 99999) a, generate_series(1, 99999) b`;

  const { status, body } = await query(service, sql);

  expect({ status, code: body.code }).toEqual({ status: 422, code: '57014' });
  expect(Date.now() - started).toBeLessThan(limits.timeoutMs + 1500);
});

test('time limit holds while rows are fetched, even if the first one lifted that of PostgreSQL', async () => {
  const started = Date.now();
  const sql = `SELECT CASE WHEN i = 1 THEN set_config('statement_timeout', '0', false) ELSE pg_size_pretty(i) END
    FROM (SELECT generate_series(1::bigint, 4000000000) AS i) AS lazy WHERE i = 1 OR i > 3000000000`;

  const { status, body } = await query(service, sql);

  expect({ status, code: body.code }).toEqual({ status: 422, code: '57014' });
  expect(Date.now() - started).toBeLessThan(limits.timeoutMs + 1500);
  expect((await query(service, 'SELECT 1')).status).toBe(200);
});

test('callers at the same time see only their own answers', async () => {
  const own = await startTestService({ inventory: { ...database, poolSize: 3, poolWaitMs: 10_000 } });

  const answers = await Promise.all(
    Array.from({ length: 200 }, (_value, index) =>
      index % 7 === 0 ? query(own, 'SELECT 1 / 0') : query(own, 'SELECT $1::int', [index]),
    ),
  );

  for (const [index, { status, body }] of answers.entries()) {
    if (index % 7 === 0) expect(status).toBe(422);
    else expect(body.rows).toEqual([[index]]);
  }
  await own.stop();
});
