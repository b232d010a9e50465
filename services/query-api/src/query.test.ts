import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  apiKey,
  createReadableDatabase,
  limits,
  post,
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

describe('key', () => {
  const body = { database: 'inventory', sql: 'SELECT 1' };

  test.each([
    ['none', { 'x-api-key': '' }],
    ['a part of it', { 'x-api-key': apiKey.slice(0, -1) }],
    ['more than it', { 'x-api-key': `${apiKey}x` }],
    ['another scheme', { 'x-api-key': '', authorization: `Basic ${apiKey}` }],
  ])('%s is refused with 401', async (_condition, headers) => {
    const response = await post(service, body, headers);

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  test('is looked at before the body', async () => {
    expect((await post(service, { x: 'x'.repeat(200_000) }, { 'x-api-key': 'wrong' })).status).toBe(401);
  });

  test('is taken from Authorization too', async () => {
    const url = `http://127.0.0.1:${service.port}/query`;
    const own = await startTestService({ inventory: database }, { apiKey: 'without-any-blank' });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer without-any-blank' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };

    expect((await fetch(`http://127.0.0.1:${own.port}/query`, init)).status).toBe(200);
    expect((await fetch(url, init)).status).toBe(401);
    await own.stop();
  });
});

describe('request', () => {
  test('for an unknown database is refused with 422 that names those that there are', async () => {
    const response = await post(service, { database: 'postgres', sql: 'SELECT 1' });

    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      errors: [{ pointer: '#/database', detail: 'must be one of inventory' }],
    });
  });

  test.each([
    ['no statement', { database: 'inventory' }, '#/sql'],
    ['an empty one', { database: 'inventory', sql: '' }, '#/sql'],
    ['too long a one', { database: 'inventory', sql: `SELECT ${'1'.repeat(66_000)}` }, '#/sql'],
    ['U+0000 in it', { database: 'inventory', sql: 'SELECT 1\u0000' }, '#/sql'],
    ['a parameter that is an object', { database: 'inventory', sql: 'SELECT 1', params: [{}] }, '#/params/0'],
    ['parameters that are no list', { database: 'inventory', sql: 'SELECT 1', params: 'x' }, '#/params'],
    ['no object', [], '#'],
  ])('with %s is refused with 422 that names the field', async (_condition, body, pointer) => {
    const response = await post(service, body);

    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ pointer }] });
  });

  test.each([
    ['of another type', { 'content-type': 'text/plain' }, 415],
    ['for another type', { accept: 'text/html' }, 406],
  ])('%s is refused', async (_condition, headers, status) => {
    expect((await post(service, { database: 'inventory', sql: 'SELECT 1' }, headers)).status).toBe(status);
  });

  test('by another method is refused', async () => {
    const response = await fetch(`http://127.0.0.1:${service.port}/api/query`);

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
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
