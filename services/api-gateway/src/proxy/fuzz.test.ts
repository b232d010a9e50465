import fc from 'fast-check';
import { test } from 'vitest';
import { apiKey } from '../../../query-api/src/testing/query-service.ts';
import { anyText, anyValue, bodyOf, encodeWell, fieldsOf, parameters } from '../testing/arbitraries.ts';
import { json, refusals, useFuzzedGateway } from '../testing/use-fuzzed-gateway.ts';

const { sendExpecting } = useFuzzedGateway();

test('movies of any kind are stored or refused', async () => {
  const movie = fieldsOf(['title', 'description', 'id'], fc.oneof(anyText, anyValue));
  const ids = fc.oneof(fc.integer().map(String), anyText.map(encodeWell));
  await fc.assert(
    fc.asyncProperty(bodyOf(fc.oneof(movie, anyValue)), ids, async (body, id) => {
      const created = await sendExpecting([201, ...refusals], {
        method: 'POST',
        path: '/api/movies',
        headers: json,
        body,
      });
      const path = `/movies/${id || '0'}`;
      const put = { method: 'PUT', path, headers: json, body };
      await sendExpecting([200, 404, 405, 409, ...refusals], put);
      if (created.status === 201) {
        const { location } = created.headers;
        await sendExpecting([200], { method: 'GET', path: String(location) });
        await sendExpecting([204], { method: 'DELETE', path: String(location) });
      }
    }),
    parameters,
  );
});

test('searches of any kind find something or are refused', async () => {
  const names = fc.oneof(
    fc.constantFrom('title', 'limit', 'offset', 'title[]', 'title[x]', '__proto__'),
    anyText,
  );
  const pairs = fc.array(fc.tuple(names, fc.oneof(anyText, fc.integer().map(String))), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(pairs, async (each) => {
      const query = each.map(([name, value]) => `${encodeWell(name)}=${encodeWell(value)}`).join('&');
      await sendExpecting([200, 422], { method: 'GET', path: `/api/movies?${query}` });
    }),
    parameters,
  );
});

test('queries of any kind are answered or refused', async () => {
  const sql = fc.oneof(
    anyText,
    anyText.map((text) => `SELECT ${text}`),
    fc.constant('SELECT $1::text'),
    anyValue,
  );
  const query = fc.record({
    database: fc.oneof(
      { weight: 5, arbitrary: fc.constant('inventory') },
      { weight: 1, arbitrary: anyValue },
    ),
    sql,
    params: fc.oneof(fc.array(anyValue, { maxLength: 3 }), anyValue),
  });
  await fc.assert(
    fc.asyncProperty(bodyOf(query), async (body) => {
      const headers = { ...json, 'x-api-key': apiKey };
      await sendExpecting([200, 403, ...refusals], { method: 'POST', path: '/api/query', headers, body });
    }),
    parameters,
  );
});
