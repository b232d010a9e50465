import { connectDatabase } from 'service-runtime/database/connect-database';
import { createDatabase, readPool } from 'service-runtime/database/create-database';
import { createReadiness } from 'service-runtime/health/readiness';
import { type RunningService, serve } from 'service-runtime/lifecycle/serve';
import type { Logger } from 'service-runtime/logging/create-logger';
import { createMetrics } from 'service-runtime/metrics/create-metrics';
import { observePools } from 'service-runtime/metrics/observe-pools';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { migrations } from './movies/migrations.ts';
import { createMovieRepository } from './movies/movie-repository.ts';

/** Starts the inventory. It listens at once, and migrates the database in the background. */
export function startInventory(config: Config, logger: Logger): Promise<RunningService> {
  const sequelize = createDatabase(config.database, logger);
  const movies = createMovieRepository(sequelize, config.failoverWaitMs);
  const database = connectDatabase(sequelize, config.database, migrations, logger);
  const readiness = createReadiness({ 'inventory-database': database.check });
  const metrics = createMetrics();
  observePools(metrics.registry, { 'inventory-database': () => readPool(sequelize) });
  const app = createApp({ logger, metrics, readiness, movies });
  return serve({ logger, config, app, readiness, metrics, closeAfter: [database.close] });
}
