import { billingQueueName } from 'service-contracts/billing-queue';
import type { BrokerOptions } from 'service-runtime/broker/connect-broker';
import { type Environment, readConfig } from 'service-runtime/config/read-config';
import { brokerSettings, toBrokerOptions } from 'service-runtime/config/settings';
import { z } from 'zod';
import type { DatabaseAddress } from './database/database-address.ts';
import type { BrokerMetrics } from './queue/until-nothing-in-flight.ts';

const portSetting = z.coerce.number().int().min(1).max(65_535);

const schema = z.object({
  ...brokerSettings,
  RABBITMQ_METRICS_HOST: z.string(),
  RABBITMQ_METRICS_PORT: portSetting.default(15_692),
  RABBITMQ_METRICS_MAX_AGE_MS: z.coerce.number().int().min(0).max(60_000).default(6000),
  BILLING_QUEUE: z.string().default(billingQueueName),
  INVENTORY_DATABASE_HOST: z.string(),
  INVENTORY_DATABASE_PORT: portSetting.default(5432),
  INVENTORY_DATABASE_NAME: z.string().default('inventory'),
  INVENTORY_DATABASE_USERNAME: z.string(),
  INVENTORY_DATABASE_PASSWORD: z.string(),
  BILLING_DATABASE_HOST: z.string(),
  BILLING_DATABASE_PORT: portSetting.default(5432),
  BILLING_DATABASE_NAME: z.string().default('billing'),
  BILLING_DATABASE_USERNAME: z.string(),
  BILLING_DATABASE_PASSWORD: z.string(),
  CLUSTER_NAME: z.string().default('unnamed'),
  BACKUP_FOLDER: z.string().default('/backups'),
  SCRATCH_FOLDER: z.string().default('/tmp'),
  KEEP_NEWEST: z.coerce.number().int().min(1).max(10_000).default(8),
  KEEP_DAYS: z.coerce.number().min(0).max(3650).default(7),
  HOLD_TIMEOUT_MS: z.coerce.number().int().min(1000).max(600_000).default(60_000),
  BACKUP_TIMEOUT_MS: z.coerce.number().int().min(1000).max(86_400_000).default(3_600_000),
});

/** Where the data are. */
export interface Sources {
  inventory: DatabaseAddress;
  billing: DatabaseAddress;
  broker: BrokerOptions;
  metrics: BrokerMetrics;
  billingQueue: string;
  /** Folder of PostgreSQL's client programs; where PATH has them, if left out. */
  programs?: string;
}

/** The settings of the backup. */
export interface Config {
  sources: Sources;
  /** The name that the archives carry. */
  cluster: string;
  /** Where scheduled backups are kept. */
  backupFolder: string;
  /** Where parts are put together; as large as the data. */
  scratchFolder: string;
  keepNewest: number;
  keepDays: number;
  /** How long orders may be held in the queue for a consistent backup, in milliseconds. */
  holdTimeoutMs: number;
  /** How long a backup or a restore may take, in milliseconds. */
  backupTimeoutMs: number;
}

/** @throws ConfigError with every problem found */
export function readBackupConfig(
  // biome-ignore lint/style/noProcessEnv: the one place of this service that reads the environment
  environment: Environment = process.env,
): Config {
  const values = readConfig(schema, environment);
  return {
    sources: {
      inventory: {
        host: values.INVENTORY_DATABASE_HOST,
        port: values.INVENTORY_DATABASE_PORT,
        name: values.INVENTORY_DATABASE_NAME,
        username: values.INVENTORY_DATABASE_USERNAME,
        password: values.INVENTORY_DATABASE_PASSWORD,
      },
      billing: {
        host: values.BILLING_DATABASE_HOST,
        port: values.BILLING_DATABASE_PORT,
        name: values.BILLING_DATABASE_NAME,
        username: values.BILLING_DATABASE_USERNAME,
        password: values.BILLING_DATABASE_PASSWORD,
      },
      broker: toBrokerOptions(values, 'backup'),
      metrics: {
        host: values.RABBITMQ_METRICS_HOST,
        port: values.RABBITMQ_METRICS_PORT,
        maxAgeMs: values.RABBITMQ_METRICS_MAX_AGE_MS,
      },
      billingQueue: values.BILLING_QUEUE,
    },
    cluster: values.CLUSTER_NAME,
    backupFolder: values.BACKUP_FOLDER,
    scratchFolder: values.SCRATCH_FOLDER,
    keepNewest: values.KEEP_NEWEST,
    keepDays: values.KEEP_DAYS,
    holdTimeoutMs: values.HOLD_TIMEOUT_MS,
    backupTimeoutMs: values.BACKUP_TIMEOUT_MS,
  };
}
