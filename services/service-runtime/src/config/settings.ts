import { z } from 'zod';
import type { BrokerOptions } from '../broker/connect-broker.ts';
import type { DatabaseOptions } from '../database/create-database.ts';

const portSetting = z.coerce.number('must be a port number').int().min(0).max(65_535);
const durationSetting = z.coerce.number('must be a number of milliseconds').int().min(0).max(3_600_000);

/** @returns a variable that holds a duration in milliseconds */
export function durationMsSetting(defaultMs: number) {
  return durationSetting.default(defaultMs);
}

/** What every service is told. */
export interface ServiceConfig {
  /** 0 takes any free port; so does metricsPort. */
  port: number;
  metricsPort: number;
  logLevel: string;
  /** How long to go on serving after readiness went off, so that load balancers stop sending first. */
  shutdownDelayMs: number;
  /** How long requests and messages in flight may take to finish after that. */
  shutdownTimeoutMs: number;
}

/** @returns the variables that every service reads */
export function serviceSettings(defaultPort: number) {
  return {
    PORT: portSetting.default(defaultPort),
    METRICS_PORT: portSetting.default(9090),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    SHUTDOWN_DELAY_MS: durationMsSetting(0),
    SHUTDOWN_TIMEOUT_MS: durationMsSetting(15_000),
  };
}

type Values<Settings extends z.ZodRawShape> = z.output<z.ZodObject<Settings>>;

/** @param values what readConfig made of serviceSettings */
export function toServiceConfig(values: Values<ReturnType<typeof serviceSettings>>): ServiceConfig {
  return {
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    logLevel: values.LOG_LEVEL,
    shutdownDelayMs: values.SHUTDOWN_DELAY_MS,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
  };
}

/** The variables of a service that has a database. */
export const databaseSettings = {
  DATABASE_HOST: z.string(),
  DATABASE_PORT: portSetting.default(5432),
  DATABASE_NAME: z.string(),
  DATABASE_USERNAME: z.string(),
  DATABASE_PASSWORD: z.string(),
  /** At least 2: a migration may hold one connection while the readiness check needs another. */
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(10),
};

/** How long a request may wait for a database that fails over; shorter than the gateway waits for its answer. */
export const failoverWaitSetting = durationMsSetting(7000);

/** @param values what readConfig made of databaseSettings */
export function toDatabaseOptions(
  values: Values<typeof databaseSettings>,
  applicationName: string,
): DatabaseOptions {
  return {
    host: values.DATABASE_HOST,
    port: values.DATABASE_PORT,
    name: values.DATABASE_NAME,
    username: values.DATABASE_USERNAME,
    password: values.DATABASE_PASSWORD,
    poolSize: values.DATABASE_POOL_SIZE,
    applicationName,
  };
}

/** The variables of a service that talks to the broker. */
export const brokerSettings = {
  RABBITMQ_HOST: z.string(),
  RABBITMQ_PORT: portSetting.default(5672),
  RABBITMQ_USERNAME: z.string(),
  RABBITMQ_PASSWORD: z.string(),
  RABBITMQ_VIRTUAL_HOST: z.string().default('/'),
};

/** @param values what readConfig made of brokerSettings */
export function toBrokerOptions(
  values: Values<typeof brokerSettings>,
  connectionName: string,
): BrokerOptions {
  return {
    host: values.RABBITMQ_HOST,
    port: values.RABBITMQ_PORT,
    username: values.RABBITMQ_USERNAME,
    password: values.RABBITMQ_PASSWORD,
    virtualHost: values.RABBITMQ_VIRTUAL_HOST,
    connectionName,
  };
}
