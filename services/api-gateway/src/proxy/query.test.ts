import type { IncomingMessage, ServerResponse } from 'node:http';
import { ndjsonType } from 'service-contracts/query';
import { expect, test, vi } from 'vitest';
import { postJson } from '../testing/requests.ts';
import { useGateways } from '../testing/use-gateways.ts';
import { readBody, useUpstreams } from '../testing/use-upstreams.ts';

const start = useGateways();
const upstreams = useUpstreams();

const query = { database: 'inventory', sql: 'SELECT $1', params: ['x'] };

test.each(['/api/query', '/query', '/api/query/'])(
  '%s goes to query-api, with key and body',
  async (path) => {
    const queryApiUrl = await upstreams.http(async (received, response) => {
      const { method, url, headers } = received;
      const body: unknown = JSON.parse(await readBody(received));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ method, url, key: headers['x-api-key'], id: headers['x-request-id'], body }),
      );
    });

    const response = await postJson(`${await start({ queryApiUrl })}${path}`, query, {
      'x-api-key': 'key',
      'x-request-id': 'request-1',
    });

    expect(response.headers.get('x-request-id')).toBe('request-1');
    expect(await response.json()).toEqual({
      method: 'POST',
      url: path.replace(/^\/query/, '/api/query'),
      key: 'key',
      id: 'request-1',
      body: query,
    });
  },
);

test('lines arrive one by one, while query-api still writes, and a client that hangs up ends its request', async () => {
  const asked = Promise.withResolvers<ServerResponse<IncomingMessage>>();
  const queryApiUrl = await upstreams.http((received, response) => {
    received.resume();
    response.writeHead(200, { 'content-type': ndjsonType });
    response.write('{"columns":[]}\n');
    asked.resolve(response);
  });
  const leaving = new AbortController();
  const response = await fetch(`${await start({ queryApiUrl })}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: ndjsonType },
    body: JSON.stringify(query),
    signal: leaving.signal,
  });
  const upstream = await asked.promise;
  const reader = response.body?.getReader();
  const readText = async () => Buffer.from((await reader?.read())?.value ?? []).toString();

  expect(response.headers.get('content-type')).toBe(ndjsonType);
  expect(await readText()).toBe('{"columns":[]}\n');
  upstream.write('[1]\n');
  expect(await readText()).toBe('[1]\n');

  leaving.abort();
  await vi.waitFor(() => expect(upstream.closed).toBe(true), { timeout: 5000 });
  expect(upstream.writableFinished).toBe(false);
});

test('query-api has a time limit of its own', async () => {
  const silent = await upstreams.http(() => undefined);
  const url = await start({
    inventoryAppUrl: silent,
    queryApiUrl: silent,
    upstreamTimeoutMs: 60_000,
    queryTimeoutMs: 200,
  });

  const response = await postJson(`${url}/api/query`, query);

  expect(response.status).toBe(504);
  expect(await response.json()).toMatchObject({ detail: 'query-api did not answer in time.' });
});

test('query-api that is away leaves the movies alone', async () => {
  const url = await start({
    inventoryAppUrl: await upstreams.http((_received, response) => response.end('[]')),
  });

  const refused = await postJson(`${url}/api/query`, query);

  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(await refused.json()).toMatchObject({ detail: 'query-api is not available now.' });
  expect((await fetch(`${url}/api/movies`)).status).toBe(200);
});
