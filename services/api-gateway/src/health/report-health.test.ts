import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type MonitoredService, reportHealth } from './report-health.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Starts a service that answers `GET /ready` so. */
async function startService(name: string, status: number, body: unknown): Promise<MonitoredService> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/ready' ? status : 404).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return {
    name,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dependencies: [`${name}-database`],
  };
}

test('health is ok when every dependency is up, and names those of the services too', async () => {
  const service = await startService('one', 200, {
    status: 'ready',
    dependencies: { 'one-database': { status: 'up' } },
  });

  expect(await reportHealth([service], () => undefined)).toEqual({
    status: 'ok',
    dependencies: { rabbitmq: { status: 'up' }, one: { status: 'up' }, 'one-database': { status: 'up' } },
  });
});

test('health is degraded and says which dependency is down', async () => {
  const dependencies = {
    'one-database': { status: 'down', reason: 'ECONNREFUSED' },
    private: { status: 'up' },
  };
  const services = [
    await startService('one', 503, { status: 'not ready', dependencies }),
    { name: 'two', url: 'http://127.0.0.1:1', dependencies: ['two-database'] },
    await startService('three', 200, 'no report'),
  ];
  const checkBroker = () => {
    throw new Error('not connected');
  };

  expect(await reportHealth(services, checkBroker)).toEqual({
    status: 'degraded',
    dependencies: {
      rabbitmq: { status: 'down', reason: 'not connected' },
      one: { status: 'down', reason: 'not ready' },
      'one-database': { status: 'down', reason: 'ECONNREFUSED' },
      two: { status: 'down', reason: 'ECONNREFUSED' },
      'two-database': { status: 'unknown' },
      three: { status: 'up' },
      'three-database': { status: 'unknown' },
    },
  });
});
