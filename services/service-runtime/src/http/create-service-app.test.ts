import { Router } from 'express';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createReadiness, type DependencyCheck } from '../health/readiness.ts';
import { createLogger } from '../logging/create-logger.ts';
import { createMetrics } from '../metrics/create-metrics.ts';
import { createServiceApp } from './create-service-app.ts';
import { readJsonBody } from './read-json-body.ts';
import { refuseOtherMethods } from './refuse-other-methods.ts';
import { type HttpServer, startHttpServer } from './start-http-server.ts';
import { validate } from './validate.ts';

const itemSchema = z.object({ name: z.string('must be text'), 'a/b~c': z.number().optional() });

let server: HttpServer;
const logged: Record<string, unknown>[] = [];
const metrics = createMetrics();

afterEach(async () => {
  await server.stop(0);
  logged.length = 0;
});

async function start(checks: Record<string, DependencyCheck> = {}): Promise<string> {
  const routes = Router();
  routes
    .route('/items/:id')
    .post(...readJsonBody, (request, response) => {
      response.json(validate(itemSchema, request.body, 'body'));
    })
    .get(() => {
      throw new Error('the password is hunter2');
    })
    .all(refuseOtherMethods('GET', 'POST'));
  const mounted = Router();
  mounted.use('/api', routes);
  const logger = createLogger(
    { service: 'test', version: '0', level: 'info' },
    { write: (line: string) => logged.push(JSON.parse(line)) },
  );
  const app = createServiceApp({ logger, metrics, readiness: createReadiness(checks, 50), routes: mounted });
  server = await startHttpServer(app, 0);
  return `http://127.0.0.1:${server.port}`;
}

const json = { 'content-type': 'application/json' };
const problemType = 'application/problem+json; charset=utf-8';

test('unknown path answers 404 as a problem document', async () => {
  const response = await fetch(`${await start()}/nothing`);

  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).toBe(problemType);
  expect(await response.json()).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'There is nothing at /nothing.',
  });
});

test('unexpected error answers 500 and says nothing internal, but is logged', async () => {
  const response = await fetch(`${await start()}/api/items/1`);

  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('hunter2');
  expect(JSON.stringify(logged)).toContain('hunter2');
});

test('method that a route lacks answers 405 with Allow', async () => {
  const response = await fetch(`${await start()}/api/items/1`, { method: 'DELETE' });

  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, POST');
});

test.each([
  ['malformed JSON', { headers: json, body: '{' }, 400],
  ['another type', { headers: { 'content-type': 'text/plain' }, body: 'x' }, 415],
  [
    'another character set',
    { headers: { 'content-type': 'application/json; charset=klingon' }, body: '{}' },
    415,
  ],
  ['another encoding', { headers: { ...json, 'content-encoding': 'zip' }, body: '{}' }, 415],
  ['too large a body', { headers: json, body: JSON.stringify({ name: 'x'.repeat(200_000) }) }, 413],
  ['no body', {}, 422],
])('body: %s answers a problem document', async (_condition, request, status) => {
  const response = await fetch(`${await start()}/api/items/1`, { method: 'POST', ...request });

  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe(problemType);
  expect(await response.json()).toMatchObject({ status });
});

test('path that is not UTF-8 answers 400', async () => {
  expect((await fetch(`${await start()}/api/items/%ff`)).status).toBe(400);
});

test('invalid body answers 422 that names each field by JSON pointer', async () => {
  const response = await fetch(`${await start()}/api/items/1`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ name: 1, 'a/b~c': 'x' }),
  });

  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({
    errors: [{ pointer: '#/name', detail: 'must be text' }, { pointer: '#/a~1b~0c' }],
  });
});

test('request id is taken from the caller, returned and logged', async () => {
  const response = await fetch(`${await start()}/nothing`, { headers: { 'x-request-id': 'abc-1' } });

  expect(response.headers.get('x-request-id')).toBe('abc-1');
  expect(logged).toContainEqual(expect.objectContaining({ req: expect.objectContaining({ id: 'abc-1' }) }));
});

test('request id that is not harmless is replaced', async () => {
  const response = await fetch(`${await start()}/nothing`, { headers: { 'x-request-id': 'a b"c' } });

  expect(response.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
});

test('health is alive and ready is not while a dependency is down', async () => {
  const url = await start({
    well: () => undefined,
    broken: () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })),
    hanging: () => Promise.withResolvers<void>().promise,
  });

  expect((await fetch(`${url}/health`)).status).toBe(200);
  const ready = await fetch(`${url}/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({
    status: 'not ready',
    dependencies: {
      well: { status: 'up' },
      broken: { status: 'down', reason: 'ECONNREFUSED' },
      hanging: { status: 'down', reason: 'timeout' },
    },
  });
});

test('probes are not logged', async () => {
  const url = await start();
  await fetch(`${url}/health`);
  await fetch(`${url}/ready`);

  expect(logged).toEqual([]);
});

test('metrics count requests by the template of their route, not by their path', async () => {
  const url = await start();
  await fetch(`${url}/api/items/4711`, { method: 'POST', headers: json, body: '{"name":"x"}' });
  await fetch(`${url}/api/items/4711?a=/b/c`, { method: 'PUT' });

  const text = await metrics.registry.metrics();
  expect(text).toContain(
    'http_request_duration_seconds_count{method="POST",route="/api/items/:id",status="200"}',
  );
  // The same template for a request that was refused.
  expect(text).toMatch(/_count\{method="PUT",route="\/api\/items\/:id",status="405"\}/);
  expect(text).not.toContain('4711');
});
