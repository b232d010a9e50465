import { type Environment, readConfig } from 'service-runtime/config/read-config';
import {
  databaseSettings,
  failoverWaitSetting,
  type ServiceConfig,
  serviceSettings,
  toDatabaseOptions,
  toServiceConfig,
} from 'service-runtime/config/settings';
import type { DatabaseOptions } from 'service-runtime/database/create-database';
import { z } from 'zod';

const schema = z.object({
  ...serviceSettings(8080),
  ...databaseSettings,
  FAILOVER_WAIT_MS: failoverWaitSetting,
});

/** The settings of inventory-app. */
export interface Config extends ServiceConfig {
  database: DatabaseOptions;
  /** How long a request may wait for the database, in milliseconds. */
  failoverWaitMs: number;
}

/** @throws ConfigError with every problem found */
export function readInventoryConfig(
  // biome-ignore lint/style/noProcessEnv: the one place of this service that reads the environment
  environment: Environment = process.env,
): Config {
  const values = readConfig(schema, environment);
  return {
    ...toServiceConfig(values),
    database: toDatabaseOptions(values, 'inventory-app'),
    failoverWaitMs: values.FAILOVER_WAIT_MS,
  };
}
