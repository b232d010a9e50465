import type { Express, Router } from 'express';
import { createReadiness } from 'service-runtime/health/readiness';
import { createLogger } from 'service-runtime/logging/create-logger';
import { createMetrics } from 'service-runtime/metrics/create-metrics';
import { Agent } from 'undici';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createApp } from '../app.ts';
import { findSwaggerUi } from '../docs/find-swagger-ui.ts';
import { type Services, startServices } from '../testing/start-services.ts';
import { useGateways } from '../testing/use-gateways.ts';
import { createOpenApiDocument } from './create-document.ts';

const start = useGateways();

let services: Services;

beforeAll(async () => {
  services = await startServices(inject('postgres'));
});

afterAll(() => services.stop());

const document = createOpenApiDocument('1.2.3');

/** What Express keeps of a route or of routes that are mounted; it has no public way to list them. */
interface Layer {
  route?: { path: string };
  handle: { stack?: Layer[] };
  slash: boolean;
  match(path: string): { path: string } | false;
}

/** @returns the templates of all routes, as OpenAPI writes them */
function listRoutes(router: { stack: Layer[] }, prefix = ''): string[] {
  return router.stack.flatMap((layer) => {
    if (layer.route) return [`${prefix}${layer.route.path.replaceAll(/:(\w+)/g, '{$1}')}`];
    if (layer.handle.stack === undefined) return [];
    // All that is mounted below a path is mounted below /api.
    const mounted = layer.slash ? { path: '' } : layer.match('/api/x');
    return listRoutes({ stack: layer.handle.stack }, `${prefix}${mounted ? mounted.path : '?'}`);
  });
}

function createWholeApp(): Express {
  return createApp({
    logger: createLogger({ service: 'test', version: '0', level: 'silent' }),
    metrics: createMetrics(),
    readiness: createReadiness({}),
    welcomeMessage: '',
    version: '0',
    inventoryApp: new Agent(),
    queryApi: new Agent(),
    publisher: { attach: () => Promise.resolve(), publish: () => Promise.resolve(), waitingCount: () => 0 },
    reportHealth: () => Promise.resolve({ status: 'ok', dependencies: {} }),
    requestsPerMinute: 1,
    trustedProxies: [],
    swaggerUiFolder: findSwaggerUi(),
  });
}

test('every route that the gateway serves is in the document, and no other', () => {
  const { router } = createWholeApp() as Express & { router: Router & { stack: Layer[] } };
  const served = listRoutes(router);
  const documented = Object.keys(document.paths ?? {});
  // Without the prefix the same routes are served once more, of which the document's description tells.
  const aliases = served.filter((path) => !path.startsWith('/api') && documented.includes(`/api${path}`));
  const canonical = served.map((path) => (path === '/api/' ? '/' : path));

  expect(aliases.toSorted()).toEqual(['/billing', '/health', '/movies', '/movies/{id}', '/query']);
  expect(documented.filter((path) => !canonical.includes(path))).toEqual([]);
  const others = canonical.filter(
    (path) => !documented.includes(path) && !documented.includes(`/api${path}`),
  );
  expect(others).toEqual([]);
});

test('every method that a path has is in the document, and no other', async () => {
  const url = await start({ inventoryAppUrl: services.inventoryAppUrl, queryApiUrl: services.queryApiUrl });
  const entries = Object.entries(document.paths ?? {});
  for (const [template, item] of entries) {
    if (['/health', '/ready'].includes(template)) continue;
    const response = await fetch(`${url}${template.replace('{id}', '1').replace('{file}', 'x')}`, {
      method: 'OPTIONS',
    });
    const allowed = (response.headers.get('allow') ?? '').toLowerCase().split(', ');

    expect(response.status).toBe(405);
    expect(Object.keys(item).toSorted()).toEqual(allowed.filter((method) => method !== 'head').toSorted());
  }
});
