import { type Express, Router } from 'express';
import type { Readiness } from 'service-runtime/health/readiness';
import { createServiceApp } from 'service-runtime/http/create-service-app';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { Metrics } from 'service-runtime/metrics/create-metrics';
import { type QueryOptions, queryRoutes } from './query/query-routes.ts';

export interface AppDependencies extends QueryOptions {
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
}

/** Builds the query API. Does no I/O. */
export function createApp({ logger, metrics, readiness, ...options }: AppDependencies): Express {
  const routes = Router();
  const queries = queryRoutes(options);
  routes.use('/api', queries);
  routes.use(queries);
  return createServiceApp({ logger, metrics, readiness, routes });
}
