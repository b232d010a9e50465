import express, { type Express, type Router } from 'express';
import { answerHealth } from '../health/answer-health.ts';
import type { Readiness } from '../health/readiness.ts';
import type { Logger } from '../logging/create-logger.ts';
import type { Metrics } from '../metrics/create-metrics.ts';
import { answerNotFound, answerProblems } from './answer-problems.ts';
import { logRequests } from './log-requests.ts';
import type { Problem } from './problem.ts';

export interface ServiceAppOptions {
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
  /** What the service itself serves. */
  routes: Router;
  /** Translates the service's own errors; undefined for those that it doesn't know. */
  toProblem?: (error: unknown) => Problem | undefined;
}

/** Builds an Express application that has what all services share around their routes. Does no I/O. */
export function createServiceApp({
  logger,
  metrics,
  readiness,
  routes,
  toProblem,
}: ServiceAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(metrics.observeRequests, logRequests(logger));
  app.use(answerHealth(readiness));
  app.use(routes);
  app.use(answerNotFound);
  app.use(answerProblems(toProblem));
  return app;
}
