import fc from 'fast-check';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { apiKey, createReadableDatabase, post, startTestService } from './testing/query-service.ts';

const tolerated = [200, 400, 401, 403, 404, 406, 413, 415, 422];
const runs = { numRuns: 400, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: false };

let service: RunningService;

beforeAll(async () => {
  const database = await createReadableDatabase(inject('postgres'));
  service = await startTestService({ inventory: database });
});

afterAll(() => service.stop());

/** Checks that an answer came in time, that it is of a known kind, and that the service is well after it. */
async function expectTolerated(answer: Promise<Response>): Promise<void> {
  const started = Date.now();
  const response = await answer;
  const text = await response.text();
  expect(Date.now() - started).toBeLessThan(5000);
  expect(tolerated, text).toContain(response.status);
  if (response.status !== 200) {
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(JSON.parse(text)).toMatchObject({ status: response.status });
  }
}

/** Pieces of SQL, in any order: most of it is wrong, but not at its first character. */
const fragment = fc.oneof(
  fc.constantFrom(
    ...['SELECT', 'WITH', 'VALUES', 'TABLE', 'FROM', 'movies', 'WHERE', '(', ')', ',', '*', '1', 'NULL', "'"],
    ...['$$', '$1', '$2::int', ';', '--', '/*', '*/', '::', 'json', '[]', 'ARRAY[', ']', 'DELETE', 'AS', 'a'],
    ...['ORDER BY', 'LIMIT', 'UNION', 'generate_series(1,3)', 'EXPLAIN', 'SHOW', 'ALL', '"', "E'\\", 'now()'],
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);

const sql = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join(' ')),
  fc.array(fragment, { maxLength: 12 }).map((parts) => `SELECT ${parts.join(' ')}`),
);

const params = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.constant(null)), { maxLength: 5 }),
  ),
  { maxLength: 4 },
);

const accept = fc.constantFrom('application/json', 'application/x-ndjson', '*/*');

test('no statement with no parameters is a 500 or hangs', async () => {
  await fc.assert(
    fc.asyncProperty(sql, params, accept, async (statement, values, type) => {
      await expectTolerated(
        post(service, { database: 'inventory', sql: statement, params: values }, { accept: type }),
      );
    }),
    runs,
  );
});

test('no parameter is a 500 or hangs, whatever type is expected of it', async () => {
  const type = fc.constantFrom(
    'int',
    'text',
    'jsonb',
    'timestamptz',
    'bytea',
    'uuid',
    'int[]',
    'text[]',
    'xml',
    'inet',
  );
  await fc.assert(
    fc.asyncProperty(type, params, async (name, values) => {
      const list = values.map((_value, index) => `$${index + 1}::${name}`);
      await expectTolerated(
        post(service, { database: 'inventory', sql: `SELECT ${list.join(', ')}`, params: values }),
      );
    }),
    runs,
  );
});

test('no JSON is a 500 or hangs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), async (body) => {
      await expectTolerated(post(service, body));
    }),
    runs,
  );
});

test('no body is a 500 or hangs', async () => {
  const url = `http://127.0.0.1:${service.port}/query`;
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (body) => {
      const headers = { 'content-type': 'application/json', 'x-api-key': apiKey };
      await expectTolerated(fetch(url, { method: 'POST', headers, body: Uint8Array.from(body) }));
    }),
    runs,
  );
});

test('deep nesting is no 500', async () => {
  const url = `http://127.0.0.1:${service.port}/query`;
  const headers = { 'content-type': 'application/json', 'x-api-key': apiKey };
  for (const body of [
    `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    `{"params":${'['.repeat(40_000)}${']'.repeat(40_000)}}`,
  ]) {
    await expectTolerated(fetch(url, { method: 'POST', headers, body }));
  }
});

test('no header is a 500 or hangs', async () => {
  const name = fc.constantFrom(
    'accept',
    'authorization',
    'x-api-key',
    'content-type',
    'content-encoding',
    'x-request-id',
  );
  const value = fc
    .string({
      unit: fc
        .integer({ min: 0x20, max: 0xff })
        .filter((code) => code !== 0x7f)
        .map((code) => String.fromCharCode(code)),
    })
    .map((text) => text.trim());
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, value, { noNullPrototype: true }), async (headers) => {
      await expectTolerated(post(service, { database: 'inventory', sql: 'SELECT 1' }, headers));
    }),
    runs,
  );
});
