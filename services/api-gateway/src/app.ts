import { type Express, Router } from 'express';
import type { Readiness } from 'service-runtime/health/readiness';
import { createServiceApp } from 'service-runtime/http/create-service-app';
import { refuseOtherMethods } from 'service-runtime/http/refuse-other-methods';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { Metrics } from 'service-runtime/metrics/create-metrics';
import type { Dispatcher } from 'undici';
import { billingRoutes } from './billing/billing-routes.ts';
import type { OrderPublisher } from './billing/order-publisher.ts';
import { docsRoutes } from './docs/docs-routes.ts';
import type { HealthReport } from './health/report-health.ts';
import { limitRate } from './limits/limit-rate.ts';
import { forwardRequests } from './proxy/forward-requests.ts';

export interface AppDependencies {
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
  welcomeMessage: string;
  version: string;
  /** Connections to inventory-app. */
  inventoryApp: Dispatcher;
  /** Connections to query-api. */
  queryApi: Dispatcher;
  publisher: OrderPublisher;
  reportHealth: () => Promise<HealthReport>;
  /** How many requests a client's address may send; 0 for any number. */
  requestsPerMinute: number;
  /** Whose X-Forwarded-* headers are believed: addresses and ranges. */
  trustedProxies: readonly string[];
  /** The folder of Swagger UI's files. */
  swaggerUiFolder: string;
}

const maxBodyBytes = 1_048_576;

/** Builds the gateway: its API is served under /api, and without it. Does no I/O. */
export function createApp(dependencies: AppDependencies): Express {
  const app = createServiceApp({ ...dependencies, routes: gatewayRoutes(dependencies) });
  app.set('trust proxy', [...dependencies.trustedProxies]);
  return app;
}

function gatewayRoutes(dependencies: AppDependencies): Router {
  const { inventoryApp, queryApi, publisher, requestsPerMinute } = dependencies;
  const api = Router();
  api.use(
    indexRoutes(dependencies),
    forwardedRoutes('inventory-app', inventoryApp, ['/movies', '/movies/:id']),
    forwardedRoutes('query-api', queryApi, ['/query']),
    billingRoutes(publisher),
  );
  const routes = Router();
  // Before the limit, as are the probes: who watches over the gateway must learn of its health at any time.
  routes.use(healthRoutes(dependencies));
  if (requestsPerMinute > 0) routes.use(limitRate(requestsPerMinute));
  routes.use(docsRoutes(dependencies));
  routes.use('/api', api);
  routes.use(api);
  return routes;
}

function healthRoutes({ reportHealth }: AppDependencies): Router {
  const router = Router();
  router
    .route('/api/health')
    .get(async (_request, response) => {
      const report = await reportHealth();
      response.status(report.status === 'ok' ? 200 : 503).json(report);
    })
    .all(refuseOtherMethods('GET', 'HEAD'));
  return router;
}

function indexRoutes({ version, welcomeMessage }: AppDependencies): Router {
  const router = Router();
  const links = {
    movies: '/api/movies',
    billing: '/api/billing',
    query: '/api/query',
    health: '/api/health',
    docs: '/docs',
  };
  router
    .route('/')
    .get((_request, response) => {
      response.json({ name: 'api-gateway', version, message: welcomeMessage, links });
    })
    .all(refuseOtherMethods('GET', 'HEAD'));
  return router;
}

function forwardedRoutes(upstreamName: string, upstream: Dispatcher, paths: readonly string[]): Router {
  const router = Router();
  const forward = forwardRequests({ upstream, upstreamName, pathPrefix: '/api', maxBodyBytes });
  for (const path of paths) router.all(path, forward);
  return router;
}
