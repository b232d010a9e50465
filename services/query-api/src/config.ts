import { ConfigError, type Environment, readConfig } from 'service-runtime/config/read-config';
import {
  databaseSettings,
  durationMsSetting,
  type ServiceConfig,
  serviceSettings,
  toServiceConfig,
} from 'service-runtime/config/settings';
import { z } from 'zod';
import type { ReaderOptions } from './database/reader-database.ts';
import type { QueryLimits } from './query/read-pages.ts';

const databaseName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'names are of a-z, 0-9 and -');

/** Names, separated by commas. */
const databasesSetting = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(databaseName));

function countSetting(defaultCount: number) {
  return z.coerce.number('must be a whole number').int().min(1).max(10_000_000).default(defaultCount);
}

function bytesSetting(defaultBytes: number) {
  return z.coerce
    .number('must be a number of bytes')
    .int()
    .min(1024)
    .max(2 ** 30)
    .default(defaultBytes);
}

const settings = {
  ...serviceSettings(8080),
  API_KEY: z.string().min(16, 'must be of at least 16 characters'),
  DATABASES: databasesSetting,
  DATABASE_POOL_SIZE: z.coerce.number('must be a whole number').int().min(1).max(50).default(4),
  DATABASE_POOL_WAIT_MS: durationMsSetting(2000),
  LOCK_TIMEOUT_MS: durationMsSetting(1000),
  STATEMENT_TIMEOUT_MS: durationMsSetting(5000),
  MAX_ROWS: countSetting(10_000),
  MAX_BYTES: bytesSetting(4 * 1024 * 1024),
  STREAM_TIMEOUT_MS: durationMsSetting(60_000),
  STREAM_MAX_ROWS: countSetting(1_000_000),
  STREAM_MAX_BYTES: bytesSetting(256 * 1024 * 1024),
};

/** What is told of each database: DATABASE_<NAME>_HOST and so on. */
const connectionSettings = {
  HOST: databaseSettings.DATABASE_HOST,
  PORT: databaseSettings.DATABASE_PORT,
  NAME: databaseSettings.DATABASE_NAME.optional(),
  USERNAME: databaseSettings.DATABASE_USERNAME,
  PASSWORD: databaseSettings.DATABASE_PASSWORD,
};

/** The settings of query-api. */
export interface Config extends ServiceConfig {
  apiKey: string;
  /** By the name that callers use. */
  databases: Readonly<Record<string, ReaderOptions>>;
  /** Of an answer that is one JSON document. */
  limits: QueryLimits;
  /** Of an answer that is streamed. */
  streamLimits: QueryLimits;
}

/** @throws ConfigError with every problem found */
export function readQueryConfig(
  // biome-ignore lint/style/noProcessEnv: the one place of this service that reads the environment
  environment: Environment = process.env,
): Config {
  const names = readDatabaseNames(environment);
  const perDatabase = names.flatMap((name) =>
    Object.entries(connectionSettings).map(([setting, schema]) => [variable(name, setting), schema] as const),
  );
  const schema = z.object({ ...settings, ...Object.fromEntries(perDatabase) });
  const values = readConfig(schema, environment);
  const lockTimeoutMs = values.LOCK_TIMEOUT_MS;
  return {
    ...toServiceConfig(values),
    apiKey: values.API_KEY,
    databases: Object.fromEntries(names.map((name) => [name, toReaderOptions(name, values)])),
    limits: {
      timeoutMs: values.STATEMENT_TIMEOUT_MS,
      lockTimeoutMs,
      maxRows: values.MAX_ROWS,
      maxBytes: values.MAX_BYTES,
    },
    streamLimits: {
      timeoutMs: values.STREAM_TIMEOUT_MS,
      lockTimeoutMs,
      maxRows: values.STREAM_MAX_ROWS,
      maxBytes: values.STREAM_MAX_BYTES,
    },
  };
}

/** @returns the names that decide which other variables there are; none where they are wrong, which is told later */
function readDatabaseNames(environment: Environment): string[] {
  // Nothing else is shown, since beside this one name the others would look like misspelt ones.
  const { DATABASES, DATABASES_FILE } = environment;
  try {
    return readConfig(z.object({ DATABASES: databasesSetting }), { DATABASES, DATABASES_FILE }).DATABASES;
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

function variable(database: string, setting: string): string {
  return `DATABASE_${database.toUpperCase().replaceAll('-', '_')}_${setting}`;
}

function toReaderOptions(
  name: string,
  values: Readonly<Record<string, unknown>> & { DATABASE_POOL_SIZE: number; DATABASE_POOL_WAIT_MS: number },
): ReaderOptions {
  const entries = Object.keys(connectionSettings).map((setting) => [
    setting,
    values[variable(name, setting)],
  ]);
  const connection = z.object(connectionSettings).parse(Object.fromEntries(entries));
  return {
    host: connection.HOST,
    port: connection.PORT,
    name: connection.NAME ?? name,
    username: connection.USERNAME,
    password: connection.PASSWORD,
    poolSize: values.DATABASE_POOL_SIZE,
    poolWaitMs: values.DATABASE_POOL_WAIT_MS,
    applicationName: 'query-api',
  };
}
