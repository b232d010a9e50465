import { createReadiness } from 'service-runtime/health/readiness';
import { type RunningService, serve } from 'service-runtime/lifecycle/serve';
import type { Logger } from 'service-runtime/logging/create-logger';
import { createMetrics } from 'service-runtime/metrics/create-metrics';
import { observePools } from 'service-runtime/metrics/observe-pools';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { createReaderDatabase } from './database/reader-database.ts';
import { readyWithAny } from './health/ready-with-any.ts';

/** Starts the query API. It listens at once, and connects to a database when first asked for it. */
export function startQueryApi(config: Config, logger: Logger): Promise<RunningService> {
  const databases = new Map(
    Object.entries(config.databases).map(([name, options]) => [name, createReaderDatabase(options, logger)]),
  );
  const checks = [...databases].map(([name, database]) => [`${name}-database`, database.check] as const);
  const readiness = readyWithAny(createReadiness(Object.fromEntries(checks)));
  const metrics = createMetrics();
  const pools = [...databases].map(([name, database]) => [name, database.usage] as const);
  observePools(metrics.registry, Object.fromEntries(pools));
  const { apiKey, limits, streamLimits } = config;
  const app = createApp({ logger, metrics, readiness, apiKey, databases, limits, streamLimits });
  const closeAfter = [...databases.values()].map((database) => database.close);
  return serve({ logger, config, app, readiness, metrics, closeAfter });
}
