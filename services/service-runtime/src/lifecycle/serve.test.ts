import { Agent, get, type IncomingMessage } from 'node:http';
import { Router } from 'express';
import { expect, test } from 'vitest';
import { createReadiness } from '../health/readiness.ts';
import { createServiceApp } from '../http/create-service-app.ts';
import { createLogger } from '../logging/create-logger.ts';
import { createMetrics } from '../metrics/create-metrics.ts';
import { serve } from './serve.ts';

/** Starts a service whose `/slow` is answered when the test says so. */
async function start({
  shutdownDelayMs,
  shutdownTimeoutMs,
}: {
  shutdownDelayMs: number;
  shutdownTimeoutMs: number;
}) {
  const logger = createLogger({ service: 'test', version: '0', level: 'silent' });
  const readiness = createReadiness({});
  const metrics = createMetrics();
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const closed: string[] = [];
  const routes = Router();
  routes.get('/slow', async (_request, response) => {
    arrived.resolve();
    await released.promise;
    closed.push('answered');
    response.json({});
  });
  routes.get('/begun', async (_request, response) => {
    response.write('begun');
    arrived.resolve();
    await released.promise;
    response.end();
  });
  const service = await serve({
    logger,
    config: { port: 0, metricsPort: 0, logLevel: 'silent', shutdownDelayMs, shutdownTimeoutMs },
    app: createServiceApp({ logger, readiness, metrics, routes }),
    readiness,
    metrics,
    closeAfter: [() => Promise.reject(new Error('broken')), async () => void closed.push('dependency')],
  });
  return { service, arrived, released, closed, url: `http://127.0.0.1:${service.port}` };
}

test('service that stops is not ready but goes on serving for the delay, and ends connections politely', async () => {
  const { service, url } = await start({ shutdownDelayMs: 500, shutdownTimeoutMs: 1000 });
  const stopped = service.stop();

  const ready = await fetch(`${url}/ready`);
  const other = await fetch(`${url}/health`);

  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ status: 'stopping' });
  expect(other.status).toBe(200);
  expect(other.headers.get('connection')).toBe('close');
  await stopped;
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('service that stops answers the request in flight, then closes its dependencies, even after one that fails', async () => {
  const { service, url, arrived, released, closed } = await start({
    shutdownDelayMs: 0,
    shutdownTimeoutMs: 10_000,
  });
  const slow = fetch(`${url}/slow`);
  await arrived.promise;
  const stopped = service.stop();
  released.resolve();

  const response = await slow;
  await stopped;

  expect(response.status).toBe(200);
  expect(response.headers.get('connection')).toBe('close');
  expect(closed).toEqual(['answered', 'dependency']);
});

test('clients that keep connections alive see no failure while one service stops and another takes over', async () => {
  const first = await start({ shutdownDelayMs: 2000, shutdownTimeoutMs: 10_000 });
  const second = await start({ shutdownDelayMs: 0, shutdownTimeoutMs: 10_000 });
  const agent = new Agent({ keepAlive: true, maxSockets: 10 });
  const statuses = new Set<number | undefined>();
  let target = first;
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get(`${target.url}/health`, { agent }, resolve).on('error', reject);
      });
      for await (const _chunk of response);
      statuses.add(response.statusCode);
    }
  };
  const clients = Promise.all(Array.from({ length: 10 }, client));

  const stopped = first.service.stop();
  // As the nodes of a cluster do, the clients learn of it a little later.
  setTimeout(() => {
    target = second;
  }, 300);
  await stopped;
  isOver = true;

  await clients;
  expect([...statuses]).toEqual([200]);
  await second.service.stop();
});

test('service that stops cuts off what takes longer than the timeout', async () => {
  const { service, url, arrived } = await start({ shutdownDelayMs: 0, shutdownTimeoutMs: 100 });
  const slow = fetch(`${url}/slow`);
  const failed = expect(slow).rejects.toThrow('fetch failed');
  await arrived.promise;

  await service.stop();

  await failed;
});

test('connection that is kept alive and idle does not delay the stop', async () => {
  const { service, url } = await start({ shutdownDelayMs: 0, shutdownTimeoutMs: 60_000 });
  const agent = new Agent({ keepAlive: true });
  const response = await new Promise<IncomingMessage>((resolve) => get(`${url}/health`, { agent }, resolve));
  for await (const _chunk of response);

  await service.stop();

  expect(response.statusCode).toBe(200);
});

test('connection whose answer had begun before the stop does not delay it once the answer is complete', async () => {
  const { service, url, arrived, released } = await start({ shutdownDelayMs: 0, shutdownTimeoutMs: 60_000 });
  const agent = new Agent({ keepAlive: true });
  const answered = new Promise<IncomingMessage>((resolve) => get(`${url}/begun`, { agent }, resolve));
  await arrived.promise;
  const response = await answered;
  const startedAt = performance.now();
  const stopped = service.stop();
  released.resolve();

  for await (const _chunk of response);
  await stopped;

  expect(response.headers.connection).toBe('keep-alive');
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('metrics are served on a port of their own', async () => {
  const { service, url } = await start({ shutdownDelayMs: 0, shutdownTimeoutMs: 100 });

  const metrics = await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`);

  expect(await metrics.text()).toContain('process_cpu_seconds_total');
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  await service.stop();
});
