import { type Express, Router } from 'express';
import { databaseProblem } from 'service-runtime/database/database-errors';
import type { Readiness } from 'service-runtime/health/readiness';
import { createServiceApp } from 'service-runtime/http/create-service-app';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { Metrics } from 'service-runtime/metrics/create-metrics';
import type { MovieRepository } from './movies/movie-repository.ts';
import { movieRoutes } from './movies/movie-routes.ts';

export interface AppDependencies {
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
  movies: MovieRepository;
}

/** Builds the inventory. Does no I/O. */
export function createApp({ movies, ...dependencies }: AppDependencies): Express {
  const routes = Router();
  routes.use('/api', movieRoutes(movies));
  return createServiceApp({ ...dependencies, routes, toProblem: databaseProblem });
}
