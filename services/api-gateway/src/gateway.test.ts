import { expect, test } from 'vitest';
import { useGateways } from './testing/use-gateways.ts';

const start = useGateways();

test.each(['', '/', '/api', '/api/'])(
  'at "%s" says who answers, the message that is configured, and where to go',
  async (path) => {
    const response = await fetch(`${await start({ welcomeMessage: 'My first deploy' })}${path}`);

    expect(await response.json()).toEqual({
      name: 'api-gateway',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      message: 'My first deploy',
      links: {
        movies: '/api/movies',
        billing: '/api/billing',
        query: '/api/query',
        health: '/api/health',
        docs: '/docs',
      },
    });
  },
);

test('unknown path answers 404', async () => {
  const url = await start();

  for (const path of ['/nothing', '/api/nothing', '/movies/1/2', '/api/api/movies']) {
    expect((await fetch(`${url}${path}`)).status).toBe(404);
  }
});

test('health names each dependency, whether it can be reached or not', async () => {
  const response = await fetch(`${await start()}/api/health`);

  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    status: 'degraded',
    dependencies: {
      rabbitmq: { status: 'down', reason: 'not connected' },
      'inventory-app': { status: 'down', reason: 'ECONNREFUSED' },
      'inventory-database': { status: 'unknown' },
      'billing-app': { status: 'down', reason: 'ECONNREFUSED' },
      'billing-database': { status: 'unknown' },
      'query-api': { status: 'down', reason: 'ECONNREFUSED' },
    },
  });
});

test.each([
  ['/', 'GET, HEAD'],
  ['/api/health', 'GET, HEAD'],
  ['/api/billing', 'POST'],
  ['/openapi.json', 'GET, HEAD'],
])('%s refuses other methods', async (path, allowed) => {
  const response = await fetch(`${await start()}${path}`, { method: 'PATCH' });

  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe(allowed);
});
