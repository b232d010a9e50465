import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { createLogger } from 'service-runtime/logging/create-logger';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryAsAdministrator } from '../../backends/create-test-database.ts';
import { type PostgresServer, startPostgres } from '../../backends/start-postgres.ts';
import { createReaderDatabase, type ReaderDatabase } from './database/reader-database.ts';
import { readPages } from './query/read-pages.ts';
import { attacks, behindTheFirstWall } from './testing/attacks.ts';
import {
  createReadableDatabase,
  limits,
  query,
  type ReadableDatabase,
  startTestService,
} from './testing/query-service.ts';

/** What an application may have made without a thought of readers. */
const functions = `
  CREATE FUNCTION add_movie(title text) RETURNS void LANGUAGE sql AS 'INSERT INTO movies (title) VALUES (title)';
  CREATE FUNCTION add_movie_as_owner(title text) RETURNS void LANGUAGE sql SECURITY DEFINER
    AS 'INSERT INTO movies (title) VALUES (title)';
  CREATE FUNCTION unlock_transaction() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    AS 'BEGIN PERFORM set_config(''transaction_read_only'', ''off'', false); DELETE FROM movies; END';
  CREATE PROCEDURE remove_movies() LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM movies';
`;

let server: PostgresServer;
let database: ReadableDatabase;
let service: RunningService;
let direct: ReaderDatabase;
let before: unknown;

beforeAll(async () => {
  server = await startPostgres();
  await limitMemory();
  database = await createReadableDatabase(server);
  await database.asOwner(functions);
  service = await startTestService({ inventory: database });
  direct = createReaderDatabase(
    database,
    createLogger({ service: 'query-api', version: '0', level: 'silent' }),
  );
  before = await readEverything();
});

afterAll(async () => {
  await direct?.close();
  await service?.stop();
  await server?.stop();
});

/** Bounds what each process of the server may address from now on, as the image's entrypoint.sh does. */
async function limitMemory(): Promise<void> {
  const [row] = await queryAsAdministrator(
    server,
    'postgres',
    "SELECT pg_read_file('postmaster.pid') AS text",
  );
  const [pid = ''] = String(row?.text).split('\n');
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  await promisify(execFile)('prlimit', ['--pid', pid, `--as=${384 * 1024 * 1024}:`], identity);
}

/** @returns all that a statement could have changed, in the database and in the cluster of databases around it */
async function readEverything(): Promise<unknown> {
  return await database.asAdministrator(`SELECT
    (SELECT json_agg(m ORDER BY id) FROM movies m) AS movies,
    (SELECT last_value FROM movies_id_seq) AS last_id,
    (SELECT json_agg(relname ORDER BY relname) FROM pg_class WHERE oid > 16383 AND relnamespace <> 99
        AND relnamespace::regnamespace::text !~ 'toast') AS relations,
    (SELECT json_agg(proname ORDER BY proname) FROM pg_proc WHERE oid > 16383) AS functions,
    (SELECT json_agg(extname) FROM pg_extension) AS extensions,
    (SELECT json_agg(rolname || rolsuper || coalesce(rolconfig::text, '') ORDER BY rolname) FROM pg_roles) AS roles,
    (SELECT relacl::text FROM pg_class WHERE relname = 'movies') AS grants,
    (SELECT count(*) FROM pg_largeobject_metadata) AS large_objects,
    (SELECT count(*) FROM pg_prepared_xacts) AS prepared_transactions,
    (SELECT count(*) FROM pg_replication_slots) AS slots,
    (SELECT json_agg(s ORDER BY s.*) FROM pg_file_settings s) AS settings`);
}

/** @returns what of a session could reach its next user */
const sessionState = `SELECT
  (SELECT string_agg(name || '=' || setting, ', ') FROM pg_settings
    WHERE source = 'session' AND name NOT IN ('transaction_read_only', 'transaction_isolation', 'statement_timeout', 'lock_timeout')),
  (SELECT count(*)::int FROM pg_prepared_statements),
  (SELECT count(*)::int FROM pg_cursors WHERE name NOT LIKE 'C\\_%'),
  (SELECT count(*)::int FROM pg_listening_channels()),
  pg_my_temp_schema()::oid::int, current_user = session_user, current_setting('transaction_read_only'),
  current_setting('search_path')`;

const untouched = [null, 0, 0, 0, 0, true, 'on', '"$user", public'];

/** Checks that nothing is left of what was tried: no data, no lock, no running statement, no setting. */
async function expectNothingHappened(): Promise<void> {
  expect(await readEverything()).toEqual(before);
  expect(await database.asAdministrator("SELECT * FROM pg_locks WHERE locktype = 'advisory'")).toEqual([]);
  const running = `SELECT state, query FROM pg_stat_activity WHERE usename = '${database.username}' AND state <> 'idle'`;
  await expect.poll(() => database.asAdministrator(running), { timeout: 10_000 }).toEqual([]);
  const states = await Promise.all(Array.from({ length: 12 }, () => query(service, sessionState)));
  for (const { body } of states) expect(body.rows).toEqual([untouched]);
  await expect(access('/tmp/query-api-attack')).rejects.toThrow('ENOENT');
}

test('there are enough attempts', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(40);
});

describe('attempt', () => {
  const titled = attacks.map(([sql, status, code]) => [sql.slice(0, 100), status, code, sql] as const);

  test.each(titled)('%s is answered %i %s', async (_title, status, code, sql) => {
    const started = Date.now();
    const { status: answered, body } = await query(service, sql);

    expect({ status: answered, code: body.code, detail: body.detail }).toMatchObject({
      status,
      code: code === undefined ? undefined : expect.stringMatching(`^(${code})$`),
    });
    expect(Date.now() - started).toBeLessThan(limits.timeoutMs + 2000);
  });

  test('and all of them changed nothing and left nothing behind', expectNothingHappened);
});

describe('behind the first wall', () => {
  test.each(behindTheFirstWall)('%s does no harm', async (sql) => {
    const pages = readPages(direct, { sql, params: [] }, limits, new AbortController().signal);

    // Some are harmless and succeed; none may take longer than any other statement.
    const outcome = await Array.fromAsync(pages).then(
      () => 'answered',
      (error: { status?: number }) => error.status,
    );

    expect(outcome).toBeOneOf(['answered', 403, 422, 503]);
  });

  test('all of them changed nothing and left nothing behind', expectNothingHappened);
});

test('attempts all at once leave room for a statement that reads', async () => {
  const all = Promise.all(attacks.map(([sql]) => query(service, sql)));

  const statuses = (await all).map(({ status }) => status);

  for (const status of statuses) expect(status).toBeOneOf([200, 403, 422, 503]);
  expect((await query(service, 'TABLE movies')).body.rowCount).toBe(3);
  await expectNothingHappened();
});
