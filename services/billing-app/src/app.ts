import { type Express, Router } from 'express';
import type { Readiness } from 'service-runtime/health/readiness';
import { createServiceApp } from 'service-runtime/http/create-service-app';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { Metrics } from 'service-runtime/metrics/create-metrics';

export interface AppDependencies {
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
}

/** Builds billing's HTTP side, which has nothing but probes: its work comes by the queue. Does no I/O. */
export function createApp(dependencies: AppDependencies): Express {
  return createServiceApp({ ...dependencies, routes: Router() });
}
