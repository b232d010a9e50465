import pg from 'pg';
import { Sequelize } from 'sequelize';
import type { Logger } from '../logging/create-logger.ts';
import type { PoolState } from '../metrics/observe-pools.ts';
import { createRememberingSocket } from '../network/remember-addresses.ts';

export interface DatabaseOptions {
  host: string;
  port: number;
  name: string;
  username: string;
  password: string;
  poolSize: number;
  /** What PostgreSQL shows in pg_stat_activity. */
  applicationName: string;
}

const connectTimeoutMs = 3000;
const acquireTimeoutMs = 4000;
const statementTimeoutMs = 10_000;

/**
 * Sequelize listens for errors of a connection only after the driver has handed it over. A session that the server
 * ends in that moment would end the whole process; with this it ends the connection, as it does at any other time.
 */
class Client extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/** Makes a pool of connections to a PostgreSQL database; it connects on first use. */
export function createDatabase(options: DatabaseOptions, logger: Logger): Sequelize {
  return new Sequelize({
    dialect: 'postgres',
    // Sequelize would look the driver up by name at run time, which a bundle doesn't survive.
    dialectModule: { ...pg, Client },
    host: options.host,
    port: options.port,
    database: options.name,
    username: options.username,
    password: options.password,
    pool: { max: options.poolSize, min: 0, acquire: acquireTimeoutMs, idle: 30_000 },
    dialectOptions: {
      application_name: options.applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: statementTimeoutMs,
      keepAlive: true,
      stream: createRememberingSocket,
    },
    logging: (sql, durationMs) => logger.trace({ sql, durationMs }, 'query'),
  });
}

/** @returns the state of a Sequelize's pool, which its type definitions leave out */
export function readPool(sequelize: Sequelize): PoolState {
  const { pool } = sequelize.connectionManager as unknown as {
    pool: { available: number; using: number; waiting: number };
  };
  return { idle: pool.available, used: pool.using, waiting: pool.waiting };
}
