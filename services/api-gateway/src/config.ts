import { billingQueueName } from 'service-contracts/billing-queue';
import type { BrokerOptions } from 'service-runtime/broker/connect-broker';
import { type Environment, readConfig } from 'service-runtime/config/read-config';
import {
  brokerSettings,
  durationMsSetting,
  type ServiceConfig,
  serviceSettings,
  toBrokerOptions,
  toServiceConfig,
} from 'service-runtime/config/settings';
import { z } from 'zod';

const schema = z.object({
  ...serviceSettings(3000),
  ...brokerSettings,
  WELCOME_MESSAGE: z.string().max(1000).default('Welcome'),
  INVENTORY_APP_URL: z.url({ protocol: /^http$/ }),
  BILLING_APP_URL: z.url({ protocol: /^http$/ }),
  BILLING_QUEUE: z.string().default(billingQueueName),
  UPSTREAM_TIMEOUT_MS: durationMsSetting(10_000),
  PUBLISH_TIMEOUT_MS: durationMsSetting(5000),
  BROKER_GRACE_MS: durationMsSetting(30_000),
});

/** The settings of api-gateway. */
export interface Config extends ServiceConfig {
  /** What `GET /` says; the one setting that is there to be changed by who tries the cluster out. */
  welcomeMessage: string;
  inventoryAppUrl: string;
  billingAppUrl: string;
  /** How long inventory-app may take to begin its answer. */
  upstreamTimeoutMs: number;
  broker: BrokerOptions;
  billingQueue: string;
  /** How long to wait until the broker has confirmed an order. */
  publishTimeoutMs: number;
  /** How long a new process waits for its first connection to the broker before it takes requests without one. */
  brokerGraceMs: number;
}

/** @throws ConfigError with every problem found */
export function readGatewayConfig(
  // biome-ignore lint/style/noProcessEnv: the one place of this service that reads the environment
  environment: Environment = process.env,
): Config {
  const values = readConfig(schema, environment);
  return {
    ...toServiceConfig(values),
    welcomeMessage: values.WELCOME_MESSAGE,
    inventoryAppUrl: values.INVENTORY_APP_URL,
    billingAppUrl: values.BILLING_APP_URL,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
    broker: toBrokerOptions(values, 'api-gateway'),
    billingQueue: values.BILLING_QUEUE,
    publishTimeoutMs: values.PUBLISH_TIMEOUT_MS,
    brokerGraceMs: values.BROKER_GRACE_MS,
  };
}
