import type { DatabaseOptions } from 'service-runtime/database/create-database';

/** @returns the environment variables that let a process of inventory-app use a database */
export function inventoryEnvironment(database: DatabaseOptions): Record<string, string> {
  return {
    DATABASE_HOST: database.host,
    DATABASE_PORT: String(database.port),
    DATABASE_NAME: database.name,
    DATABASE_USERNAME: database.username,
    DATABASE_PASSWORD: database.password,
    SHUTDOWN_DELAY_MS: '1000',
  };
}
