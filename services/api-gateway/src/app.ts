import { type Express, Router } from 'express';
import type { Readiness } from 'service-runtime/health/readiness';
import { createServiceApp } from 'service-runtime/http/create-service-app';
import { refuseOtherMethods } from 'service-runtime/http/refuse-other-methods';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { Metrics } from 'service-runtime/metrics/create-metrics';
import type { Dispatcher } from 'undici';
import { billingRoutes } from './billing/billing-routes.ts';
import type { OrderPublisher } from './billing/order-publisher.ts';
import type { HealthReport } from './health/report-health.ts';
import { forwardRequests } from './proxy/forward-requests.ts';

export interface AppDependencies {
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
  welcomeMessage: string;
  version: string;
  /** Connections to inventory-app. */
  inventoryApp: Dispatcher;
  publisher: OrderPublisher;
  reportHealth: () => Promise<HealthReport>;
}

const maxBodyBytes = 1_048_576;

/** Builds the gateway: everything is served under /api, and without it. Does no I/O. */
export function createApp(dependencies: AppDependencies): Express {
  const api = Router();
  api.use(
    indexRoutes(dependencies),
    movieRoutes(dependencies.inventoryApp),
    billingRoutes(dependencies.publisher),
  );
  const routes = Router();
  routes.get('/api/health', async (_request, response) => {
    const report = await dependencies.reportHealth();
    response.status(report.status === 'ok' ? 200 : 503).json(report);
  });
  routes.use('/api', api);
  routes.use(api);
  return createServiceApp({ ...dependencies, routes });
}

function indexRoutes({ version, welcomeMessage }: AppDependencies): Router {
  const router = Router();
  router
    .route('/')
    .get((_request, response) => {
      response.json({
        name: 'api-gateway',
        version,
        message: welcomeMessage,
        links: { movies: '/api/movies', billing: '/api/billing', health: '/api/health' },
      });
    })
    .all(refuseOtherMethods('GET', 'HEAD'));
  return router;
}

function movieRoutes(inventoryApp: Dispatcher): Router {
  const router = Router();
  const forward = forwardRequests({
    upstream: inventoryApp,
    upstreamName: 'inventory-app',
    pathPrefix: '/api',
    maxBodyBytes,
  });
  router.all('/movies', forward);
  router.all('/movies/:id', forward);
  return router;
}
