import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  createReadableDatabase,
  limits,
  query,
  type ReadableDatabase,
  startTestService,
} from './testing/query-service.ts';

let database: ReadableDatabase;
let service: RunningService;

beforeAll(async () => {
  database = await createReadableDatabase(inject('postgres'));
  service = await startTestService({ inventory: database });
});

afterAll(() => service.stop());

describe('answer', () => {
  test('has the columns with their types, the rows in their order, and how many there are', async () => {
    const { status, body } = await query(service, 'SELECT id, title, rating FROM movies ORDER BY id');

    expect(status).toBe(200);
    expect(body).toEqual({
      columns: [
        { name: 'id', type: 'integer' },
        { name: 'title', type: 'text' },
        { name: 'rating', type: 'numeric' },
      ],
      rows: [
        [1, 'Alien', '8.5'],
        [2, 'Aliens', '8.4'],
        [3, 'Top Gun', null],
      ],
      rowCount: 3,
      truncated: false,
    });
  });

  test('has the columns even if there is no row', async () => {
    const { body } = await query(service, 'SELECT id FROM movies WHERE false');

    expect(body).toEqual({
      columns: [{ name: 'id', type: 'integer' }],
      rows: [],
      rowCount: 0,
      truncated: false,
    });
  });

  test.each([
    ['true', true],
    ['NULL', null],
    ['1::smallint', 1],
    ['(-2147483648)::int', -2147483648],
    ['9007199254740993::bigint', '9007199254740993'],
    ['1.10::numeric', '1.10'],
    ['1.5::float8', 1.5],
    ['1e300::float8', 1e300],
    ["'NaN'::float8", 'NaN'],
    ["'-Infinity'::float4", '-Infinity'],
    [`'{"a": [1, null]}'::jsonb`, { a: [1, null] }],
    [`E'{"a":\\n\\r1}'::json`, { a: 1 }],
    ["'2026-01-02T03:04:05Z'::timestamptz", '2026-01-02 03:04:05+00'],
    ['ARRAY[1, 2]', '{1,2}'],
    ["'\\x00ff'::bytea", '\\x00ff'],
    [`'"\\ \u2028 ü 😀'`, '"\\ \u2028 ü 😀'],
  ])('has %s as JSON', async (sql, value) => {
    const { body } = await query(service, `SELECT ${sql}`);

    expect(body.rows).toEqual([[value]]);
  });

  test('names types that a database has made itself', async () => {
    await database.asOwner("CREATE TYPE mood AS ENUM ('well')");

    expect((await query(service, "SELECT 'well'::mood")).body.columns).toEqual([
      { name: 'mood', type: 'mood' },
    ]);
  });

  test.each([
    ['SELECT $1::int + $2::int', [1, '2'], 3],
    ['SELECT $1::text', [null], null],
    ['SELECT $1::bool', [true], true],
    ['SELECT title FROM movies WHERE id = ANY($1) AND rating > $2', [[1, 3], 0], 'Alien'],
    ["SELECT $1::jsonb ->> 'a'", ['{"a": "b"}'], 'b'],
    ['SELECT $1', ["'; DROP TABLE movies; --"], "'; DROP TABLE movies; --"],
  ])('%s takes parameters %j', async (sql, params, value) => {
    expect((await query(service, sql, params)).body.rows).toEqual([[value]]);
  });

  test.each([
    'TABLE movies',
    'VALUES (1)',
    'SHOW server_version',
    'EXPLAIN SELECT 1',
    '/* a /* b */ c */ -- d\n ( SELECT 1 )',
    'WITH a AS (SELECT 1) SELECT * FROM a',
  ])('comes for %s', async (sql) => {
    expect((await query(service, sql)).status).toBe(200);
  });

  test('has what a table holds that was made after the role', async () => {
    await database.asOwner('CREATE SCHEMA later; CREATE TABLE later.things AS SELECT 7 AS id');

    expect((await query(service, 'SELECT * FROM later.things')).body.rows).toEqual([[7]]);
  });
});

describe('error', () => {
  test.each([
    ['SELECT * FROM nothing', 422, { code: '42P01', position: 15 }],
    ['SELECT 1 +', 422, { code: '42601' }],
    ['SELECT 1 / 0', 422, { code: '22012' }],
    ['SELECT lenght(title) FROM movies', 422, { code: '42883', position: 8, hint: expect.any(String) }],
    ["SELECT '😀', nothing", 422, { code: '42703', position: 13 }],
    ['SELECT $1', 422, { code: '08P01' }],
    ['SELECT rolpassword FROM pg_authid', 403, { code: '42501' }],
    ['SELECT pg_read_file($$/etc/passwd$$)', 403, { code: '42501' }],
  ])("%s is answered with PostgreSQL's code and place", async (sql, status, problem) => {
    const { status: answered, headers, body } = await query(service, sql);

    expect({ status: answered, ...body }).toMatchObject({ status, ...problem });
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body.detail).not.toBe('');
  });

  test('leaves the connection usable', async () => {
    for (let count = 0; count < 10; count += 1) await query(service, 'SELECT 1 / 0');

    expect((await query(service, 'SELECT 1')).status).toBe(200);
  });
});

describe('limit', () => {
  test('of rows cuts the answer, and not one that has just as many', async () => {
    const more = await query(service, `SELECT generate_series(1, ${limits.maxRows + 1})`);
    const equal = await query(service, `SELECT generate_series(1, ${limits.maxRows})`);

    expect(more.body).toMatchObject({ rowCount: limits.maxRows, truncated: true });
    expect(more.body.rows).toHaveLength(limits.maxRows);
    expect(equal.body).toMatchObject({ rowCount: limits.maxRows, truncated: false });
  });

  test('of bytes cuts the answer', async () => {
    const { body } = await query(service, "SELECT repeat('x', 10000) FROM generate_series(1, 50)");

    expect(body).toMatchObject({ rowCount: 9, truncated: true });
  });

  test.each([limits.maxBytes, 20_000_000])('refuses a first row of %i bytes', async (bytes) => {
    const { status, body } = await query(service, "SELECT repeat('x', $1)", [bytes]);

    expect(status).toBe(422);
    expect(body.detail).toMatch(/^The first row alone is longer than \d+ bytes\.$/);
  });

  test('of memory cuts the answer where rows turn out long', async () => {
    const sql =
      "SELECT repeat('x', CASE WHEN i < 30 THEN 1 ELSE 2000000 END) FROM generate_series(1, 90) AS i";

    expect((await query(service, sql)).body).toMatchObject({ rowCount: 21, truncated: true });
  });

  test('of time ends the statement', async () => {
    const { status, body } = await query(
      service,
      'SELECT count(*) FROM generate_series(1, 99999) AS a, generate_series(1, 99999) AS b',
    );

    expect(status).toBe(422);
    expect(body.code).toBe('57014');
  });
});
