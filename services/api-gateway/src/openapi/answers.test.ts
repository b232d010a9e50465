import { randomUUID } from 'node:crypto';
import { ndjsonType } from 'service-contracts/query';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { apiKey } from '../../../query-api/src/testing/query-service.ts';
import { openBrokerClient } from '../testing/broker-client.ts';
import { createDocumentCheck, type OpenApiDocument } from '../testing/document-check.ts';
import { order, untilReady } from '../testing/requests.ts';
import { type Services, startServices } from '../testing/start-services.ts';
import { nowhere, useGateways } from '../testing/use-gateways.ts';
import { useUpstreams } from '../testing/use-upstreams.ts';
import { createOpenApiDocument } from './create-document.ts';

const broker = { ...inject('rabbitmq'), connectionName: 'test' };
const billingQueue = `answers_test_${randomUUID()}`;
const start = useGateways({ broker, billingQueue, publishTimeoutMs: 2000 });
const upstreams = useUpstreams();

const document = JSON.parse(JSON.stringify(createOpenApiDocument('0'))) as OpenApiDocument;
const documented = createDocumentCheck(document);

let services: Services;

beforeAll(async () => {
  services = await startServices(inject('postgres'));
});

afterAll(async () => {
  await services.stop();
  const client = await openBrokerClient(inject('rabbitmq'));
  await client.deleteQueues(billingQueue);
  await client.close();
});

const json = { 'content-type': 'application/json' };
const withKey = { ...json, 'x-api-key': apiKey };
const select = { database: 'inventory', sql: 'SELECT id, title FROM movies' };
const topGun = { title: 'Top Gun', description: 'Story of a fighter pilot' };

/** A request: of which operation, the values of its path's parameters and its query, and what fetch is told. */
type Asked = [
  method: string,
  template: string,
  rest?: string,
  headers?: Record<string, string>,
  body?: unknown,
];

/** One that succeeds, of each operation that is not the gateway's own. */
const upstreamRequests: readonly Asked[] = [
  ['GET', '/api/movies', '?title=gun&limit=1'],
  ['POST', '/api/movies', '', json, topGun],
  ['DELETE', '/api/movies'],
  ['GET', '/api/movies/{id}', '1'],
  ['PUT', '/api/movies/{id}', '1', json, topGun],
  ['DELETE', '/api/movies/{id}', '1'],
  ['POST', '/api/query', '', withKey, select],
];

const pages: readonly Asked[] = [
  ['GET', '/'],
  ['GET', '/openapi.json'],
  ['GET', '/docs'],
  ['GET', '/docs/start.js'],
  ['GET', '/docs/assets/{file}', 'swagger-ui.css'],
];

async function ask(url: string, [method, template, rest = '', headers = {}, body]: Asked): Promise<Response> {
  const path = template.replace(/\{\w+\}$/, '') + rest;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const init = { method, headers, ...(body === undefined ? {} : { body: text }) };
  return await fetch(`${url}${path}`, init);
}

/** Asks and holds the answer against the document. */
async function expectDocumented(url: string, status: number, asked: Asked): Promise<void> {
  const [method, template] = asked;
  const response = await ask(url, asked);
  expect(response.status, `${method} ${template}`).toBe(status);
  await documented.check(method, template, response);
}

test('answers of the gateway, with all that it needs, are as the document says', async () => {
  const url = await start({ ...services, requestsPerMinute: 1000 });
  await untilReady(url);
  const created = await ask(url, ['POST', '/api/movies', '', json, topGun]);
  const { id } = (await created.clone().json()) as { id: number };
  await documented.check('POST', '/api/movies', created);
  const big = JSON.stringify({ title: 'x'.repeat(200_000) });
  const answers: readonly [status: number, asked: Asked][] = [
    ...pages.map((asked): [number, Asked] => [200, asked]),
    [404, ['GET', '/docs/assets/{file}', 'x']],
    [200, ['GET', '/health']],
    [200, ['GET', '/ready']],
    [200, ['GET', '/api/movies', '?title=gun&limit=1']],
    [422, ['GET', '/api/movies', '?limit=0&offset=x']],
    [400, ['POST', '/api/movies', '', json, '{']],
    [413, ['POST', '/api/movies', '', json, big]],
    [415, ['POST', '/api/movies', '', { 'content-type': 'text/plain' }, 'x']],
    [422, ['POST', '/api/movies', '', json, {}]],
    [200, ['GET', '/api/movies/{id}', `${id}`]],
    [400, ['GET', '/api/movies/{id}', '%ff']],
    [404, ['GET', '/api/movies/{id}', '0']],
    [200, ['PUT', '/api/movies/{id}', `${id}`, json, topGun]],
    [400, ['PUT', '/api/movies/{id}', `${id}`, json, '{']],
    [404, ['PUT', '/api/movies/{id}', '0', json, topGun]],
    [413, ['PUT', '/api/movies/{id}', `${id}`, json, big]],
    [415, ['PUT', '/api/movies/{id}', `${id}`, { 'content-type': 'text/plain' }, 'x']],
    [422, ['PUT', '/api/movies/{id}', `${id}`, json, { title: 1 }]],
    [304, ['GET', '/api/movies/{id}', `${id}`, { 'if-none-match': '"2"', 'cache-control': 'max-age=0' }]],
    [409, ['PUT', '/api/movies/{id}', `${id}`, json, { ...topGun, id: id + 1 }]],
    [412, ['PUT', '/api/movies/{id}', `${id}`, { ...json, 'if-match': '"1"' }, topGun]],
    [412, ['DELETE', '/api/movies/{id}', `${id}`, { 'if-match': '"1"' }]],
    [204, ['DELETE', '/api/movies/{id}', `${id}`]],
    [404, ['DELETE', '/api/movies/{id}', `${id}`]],
    [400, ['DELETE', '/api/movies/{id}', '%ff']],
    [204, ['DELETE', '/api/movies']],
    [202, ['POST', '/api/billing', '', json, order]],
    [400, ['POST', '/api/billing', '', { ...json, 'idempotency-key': 'a b' }, order]],
    [413, ['POST', '/api/billing', '', json, big]],
    [415, ['POST', '/api/billing', '', { 'content-type': 'text/plain' }, 'x']],
    [422, ['POST', '/api/billing', '', json, []]],
    [200, ['POST', '/api/query', '', withKey, select]],
    [200, ['POST', '/api/query', '', { ...withKey, accept: ndjsonType }, select]],
    [400, ['POST', '/api/query', '', withKey, '{']],
    [401, ['POST', '/api/query', '', json, select]],
    [403, ['POST', '/api/query', '', withKey, { ...select, sql: 'DROP TABLE movies' }]],
    [406, ['POST', '/api/query', '', { ...withKey, accept: 'image/png' }, select]],
    [413, ['POST', '/api/query', '', withKey, big]],
    [415, ['POST', '/api/query', '', { ...withKey, 'content-type': 'text/plain' }, 'x']],
    [422, ['POST', '/api/query', '', withKey, { ...select, sql: 'SELECT nothing FROM nowhere' }]],
    [422, ['POST', '/api/query', '', withKey, {}]],
  ];

  for (const [status, asked] of answers) await expectDocumented(url, status, asked);
});

test('answers of the gateway before what is away, broken or silent are as the document says', async () => {
  const broken = await upstreams.tcp((socket) => socket.destroy());
  const silent = await upstreams.http(() => undefined);
  const nobody = { ...broker, port: 1 };
  const cases = [
    [503, { inventoryAppUrl: nowhere, queryApiUrl: nowhere }],
    [502, { inventoryAppUrl: broken, queryApiUrl: broken }],
    [504, { inventoryAppUrl: silent, queryApiUrl: silent, upstreamTimeoutMs: 200, queryTimeoutMs: 200 }],
  ] as const;
  for (const [status, settings] of cases) {
    const url = await start(settings);
    for (const asked of upstreamRequests) await expectDocumented(url, status, asked);
  }

  const url = await start({ broker: nobody, publishTimeoutMs: 100 });
  await expectDocumented(url, 503, ['POST', '/api/billing', '', json, order]);
  await expectDocumented(url, 503, ['GET', '/ready']);
  await expectDocumented(url, 503, ['GET', '/api/health']);
});

test('answers to an address that asked too often are as the document says', async () => {
  const url = await start({ requestsPerMinute: 1 });
  await fetch(url);

  const billing: Asked = ['POST', '/api/billing', '', json, order];
  for (const asked of [...pages, ...upstreamRequests, billing]) await expectDocumented(url, 429, asked);
});

test('answers while all is well with the health of everybody are as the document says', async () => {
  const ready = await upstreams.http((_request, response) => {
    const dependencies = { 'inventory-database': { status: 'up' }, 'billing-database': { status: 'up' } };
    response.end(JSON.stringify({ status: 'ready', dependencies }));
  });
  const url = await start({ inventoryAppUrl: ready, billingAppUrl: ready, queryApiUrl: ready });
  await untilReady(url);

  await expectDocumented(url, 200, ['GET', '/api/health']);
});

test('no answer of the document was left out above', () => {
  expect(documented.unseen()).toEqual([]);
});
