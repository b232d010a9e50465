import { billingQueueName } from 'service-contracts/billing-queue';
import type { BrokerOptions } from 'service-runtime/broker/connect-broker';
import { type Environment, readConfig } from 'service-runtime/config/read-config';
import {
  brokerSettings,
  databaseSettings,
  durationMsSetting,
  type ServiceConfig,
  serviceSettings,
  toBrokerOptions,
  toDatabaseOptions,
  toServiceConfig,
} from 'service-runtime/config/settings';
import type { DatabaseOptions } from 'service-runtime/database/create-database';
import { z } from 'zod';

const schema = z.object({
  ...serviceSettings(8080),
  ...databaseSettings,
  ...brokerSettings,
  BILLING_QUEUE: z.string().default(billingQueueName),
  PREFETCH: z.coerce.number().int().min(1).max(10_000).default(200),
  // Shorter than the broker's limit of 30 minutes on an acknowledgement.
  HOLD_TIMEOUT_MS: durationMsSetting(600_000).pipe(z.number().max(1_200_000)),
});

/** The settings of billing-app. */
export interface Config extends ServiceConfig {
  database: DatabaseOptions;
  broker: BrokerOptions;
  billingQueue: string;
  /** How many messages to hold unacknowledged, which is also how many orders one insert may write. */
  prefetch: number;
  /** How long to hold orders that can't be written, in milliseconds, before they are given back to the queue. */
  holdTimeoutMs: number;
}

/** @throws ConfigError with every problem found */
export function readBillingConfig(
  // biome-ignore lint/style/noProcessEnv: the one place of this service that reads the environment
  environment: Environment = process.env,
): Config {
  const values = readConfig(schema, environment);
  return {
    ...toServiceConfig(values),
    database: toDatabaseOptions(values, 'billing-app'),
    broker: toBrokerOptions(values, 'billing-app'),
    billingQueue: values.BILLING_QUEUE,
    prefetch: values.PREFETCH,
    holdTimeoutMs: values.HOLD_TIMEOUT_MS,
  };
}
