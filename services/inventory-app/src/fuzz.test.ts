import fc from 'fast-check';
import type { Movie } from 'service-contracts/movie';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createTestDatabase, queryAsAdministrator } from '../../backends/create-test-database.ts';
import { createMoviesClient, startTestInventory, untilStatus } from './testing/start-test-inventory.ts';

let service: RunningService;
const baseUrl = () => `http://127.0.0.1:${service.port}`;
const call = createMoviesClient(baseUrl);
const answerTimeoutMs = 5000;

beforeAll(async () => {
  const database = await createTestDatabase(inject('postgres'));
  // So that searches use the index though there are few movies: it must find what a scan finds.
  const setting = `ALTER DATABASE ${database.name} SET enable_seqscan = off`;
  await queryAsAdministrator(inject('postgres'), 'postgres', setting);
  service = await startTestInventory(database);
  await untilStatus(200, '/ready', baseUrl());
});

afterAll(() => service.stop());

/** Expects one of the statuses, in time, and a problem document with each refusal. */
async function expectAnswer(answer: Promise<Response>, statuses: readonly number[]): Promise<void> {
  const response = await answer;
  const text = await response.text();
  expect(statuses, text).toContain(response.status);
  if (response.status < 400) return;
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(JSON.parse(text)).toMatchObject({ status: response.status });
}

function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${baseUrl()}${path}`, { ...init, method, signal: AbortSignal.timeout(answerTimeoutMs) });
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom('\u0000', '\ud800', '%', '\\', '_', "'; DROP TABLE movies; --", '$1', ':title', '\\u0000'),
);
const movieLike = fc.record(
  {
    title: fc.oneof(text, fc.jsonValue()),
    description: fc.oneof(text, fc.string({ minLength: 4900, maxLength: 5100 }), fc.jsonValue()),
    id: fc.oneof(fc.constant(1), fc.jsonValue()),
    version: fc.jsonValue(),
    createdAt: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  movieLike.map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string(),
  fc.nat(20_000).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
);
const contentType = fc.oneof(
  { arbitrary: fc.constant('application/json'), weight: 5 },
  fc.constantFrom('application/json; charset=utf-16', 'text/plain', 'application/x+json', 'x', '/', ';'),
);
const id = fc.oneof(
  fc.constantFrom('1', '2', '0', '-1', '2147483648', '%00', '%ff', '..', '1.0'),
  text.map(encode),
);
const entityTag = fc.oneof(
  fc.constantFrom('*', '"1"', 'W/"1"', '"1", "2"', ',', '"'),
  fc.stringMatching(/^[\x21-\x7e]{0,50}$/),
);

/** Percent-encodes even what is not well-formed Unicode. */
function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

test('any body posted is a movie or refused', async () => {
  await fc.assert(
    fc.asyncProperty(body, contentType, async (content, type) => {
      const init = { body: content as NonNullable<RequestInit['body']>, headers: { 'content-type': type } };
      await expectAnswer(send('POST', '/api/movies', init), [201, 400, 415, 422]);
    }),
    { numRuns: 300 },
  );
});

test('any id, body and If-Match of a replacement is taken or refused', async () => {
  await fc.assert(
    fc.asyncProperty(id, body, contentType, entityTag, async (movieId, content, type, ifMatch) => {
      const headers = { 'content-type': type, 'if-match': ifMatch };
      const answer = send('PUT', `/api/movies/${movieId}`, {
        body: content as NonNullable<RequestInit['body']>,
        headers,
      });
      // An id of dots is resolved away by the client, which leaves another path.
      await expectAnswer(answer, [200, 400, 404, 405, 409, 412, 415, 422]);
    }),
    { numRuns: 300 },
  );
});

test.each(['GET', 'DELETE'])('any id of a %s is answered', async (method) => {
  await fc.assert(
    fc.asyncProperty(
      id.filter((value) => value !== '' && value !== '..'),
      entityTag,
      async (movieId, tag) => {
        const headers = { 'if-match': tag, 'if-none-match': tag };
        await expectAnswer(
          send(method, `/api/movies/${movieId}`, { headers }),
          [200, 204, 304, 400, 404, 405, 412],
        );
      },
    ),
    { numRuns: 300 },
  );
});

const parameter = fc.oneof(
  text.map(encode),
  fc.integer().map(String),
  fc.double().map(String),
  fc.constantFrom('1e3', '0x10', ' 5', '', '+7', '%ff', '9'.repeat(400)),
);
const parameterName = fc.constantFrom('title', 'limit', 'offset', 'title[]', 'limit[x]', '__proto__', 'x');

test('any parameters of the list are taken or refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(parameterName, parameter), { maxLength: 5 }), async (parameters) => {
      const query = parameters.map(([name, value]) => `${name}=${value}`).join('&');
      await expectAnswer(send('GET', `/api/movies?${query}`), [200, 422]);
    }),
    { numRuns: 500 },
  );
});

test('a movie is found by any part of its title, in capitals or not, and is as it was sent', async () => {
  // As a client may send it: trimmed, well-formed, and without what PostgreSQL can't store.
  const title = fc
    .oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 60 }))
    .map((value) => value.toWellFormed().replaceAll('\u0000', '').trim())
    .filter((value) => value !== '');
  await fc.assert(
    fc.asyncProperty(title, fc.nat(), fc.nat(), async (sent, start, length) => {
      const created = (await (await call('POST', '', { title: sent })).json()) as Movie;
      expect(created.title).toBe(sent);
      const characters = [...sent];
      const from = start % characters.length;
      const part = characters.slice(from, from + 1 + (length % (characters.length - from))).join('');
      for (const search of [part, part.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())]) {
        const response = await call('GET', `?limit=500&title=${encodeURIComponent(search)}`);
        expect(await response.json(), search).toContainEqual(created);
      }
      await call('DELETE', `/${created.id}`);
    }),
    { numRuns: 200 },
  );
});
