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

/**
 * 1,000 requests a second from one address: about half of what one gateway serves on one core, so that a client that
 * runs wild leaves room for others. It is no lower because an address is not a person: behind a load balancer that
 * hides the clients (the Services of most small clusters do), all of them have the address of a node.
 */
const defaultRequestsPerMinute = 60_000;

const addressRange = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** Addresses and ranges, separated by commas. */
const trustedProxiesSetting = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((range) => range.trim())
      .filter((range) => range !== ''),
  )
  .refine(
    (ranges) => ranges.every((range) => addressRange.safeParse(range).success),
    'must be addresses or ranges such as 10.0.0.0/8, separated by commas',
  );

const schema = z.object({
  ...serviceSettings(3000),
  ...brokerSettings,
  WELCOME_MESSAGE: z.string().max(1000).default('Welcome'),
  INVENTORY_APP_URL: z.url({ protocol: /^http$/ }),
  BILLING_APP_URL: z.url({ protocol: /^http$/ }),
  BILLING_QUEUE: z.string().default(billingQueueName),
  QUERY_API_URL: z.url({ protocol: /^http$/ }),
  UPSTREAM_TIMEOUT_MS: durationMsSetting(10_000),
  // A little longer than query-api lets a statement run, so that it is the one to say that it took too long.
  QUERY_TIMEOUT_MS: durationMsSetting(65_000),
  PUBLISH_TIMEOUT_MS: durationMsSetting(5000),
  // A connection takes a fraction of a second. Without a broker the movies must not wait for much longer.
  BROKER_GRACE_MS: durationMsSetting(5000),
  RATE_LIMIT_PER_MINUTE: z.coerce
    .number('must be a number of requests')
    .int()
    .min(0)
    .max(1_000_000_000)
    .default(defaultRequestsPerMinute),
  TRUSTED_PROXIES: trustedProxiesSetting,
});

/** The settings of api-gateway. */
export interface Config extends ServiceConfig {
  /** What `GET /` says; the one setting that is there to be changed by who tries the cluster out. */
  welcomeMessage: string;
  inventoryAppUrl: string;
  billingAppUrl: string;
  queryApiUrl: string;
  /** How long inventory-app may take to begin its answer, and to go on with it. */
  upstreamTimeoutMs: number;
  /** The same for query-api. */
  queryTimeoutMs: number;
  broker: BrokerOptions;
  billingQueue: string;
  /** How long to wait until the broker has confirmed an order. */
  publishTimeoutMs: number;
  /** How long a new process waits for its first connection to the broker before it takes requests without one. */
  brokerGraceMs: number;
  /** How many requests a client's address may send; 0 for any number. */
  requestsPerMinute: number;
  /** Whose X-Forwarded-* headers are believed: addresses and ranges. */
  trustedProxies: readonly string[];
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
    queryApiUrl: values.QUERY_API_URL,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
    queryTimeoutMs: values.QUERY_TIMEOUT_MS,
    broker: toBrokerOptions(values, 'api-gateway'),
    billingQueue: values.BILLING_QUEUE,
    publishTimeoutMs: values.PUBLISH_TIMEOUT_MS,
    brokerGraceMs: values.BROKER_GRACE_MS,
    requestsPerMinute: values.RATE_LIMIT_PER_MINUTE,
    trustedProxies: values.TRUSTED_PROXIES,
  };
}
