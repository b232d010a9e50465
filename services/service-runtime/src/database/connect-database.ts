import pRetry from 'p-retry';
import type { Sequelize } from 'sequelize';
import type { Logger } from '../logging/create-logger.ts';
import type { DatabaseOptions } from './create-database.ts';
import { endDeadConnections } from './end-dead-connections.ts';
import { type Migration, runMigrations } from './run-migrations.ts';

/** A database that a service uses, or waits for. */
export interface ConnectedDatabase {
  /** @throws while the database can't be used: unreachable, or its schema not up to date yet */
  check(): Promise<void>;
  /** Closes all connections, after the queries that run. */
  close(): Promise<void>;
}

/**
 * Brings the schema up to date in the background, trying again for as long as it takes, so that a service can
 * start before its database; and ends connections that lead nowhere.
 */
export function connectDatabase(
  sequelize: Sequelize,
  options: DatabaseOptions,
  migrations: readonly Migration[],
  logger: Logger,
): ConnectedDatabase {
  const endWatch = endDeadConnections(sequelize, options, logger);
  const stopping = new AbortController();
  let isMigrated = false;
  const migrating = pRetry(() => runMigrations(sequelize, migrations, logger), {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 200,
    maxTimeout: 2000,
    signal: stopping.signal,
    onFailedAttempt: ({ error, attemptNumber }) => {
      logger.warn({ reason: error.message, attemptNumber }, 'database not usable yet');
    },
  }).then(
    () => {
      isMigrated = true;
    },
    (error: unknown) => {
      if (!stopping.signal.aborted) logger.error({ err: error }, 'database migration given up');
    },
  );
  return {
    async check() {
      if (!isMigrated) throw new Error('not migrated yet');
      await sequelize.query('SELECT 1');
    },
    async close() {
      stopping.abort();
      endWatch();
      await migrating;
      await sequelize.close();
    },
  };
}
