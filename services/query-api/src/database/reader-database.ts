import pg, { type PoolClient } from 'pg';
import { unavailable } from 'service-runtime/http/problem';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { PoolState } from 'service-runtime/metrics/observe-pools';
import { createRememberingSocket } from 'service-runtime/network/remember-addresses';
import { createTypeNames, type TypeNames } from './type-names.ts';

export interface ReaderOptions {
  host: string;
  port: number;
  name: string;
  /** A role that can only read. */
  username: string;
  password: string;
  /** How many statements may run at once. */
  poolSize: number;
  /** How long to wait for a connection, be it a new one or one that others use, in milliseconds. */
  poolWaitMs: number;
  /** What PostgreSQL shows in pg_stat_activity. */
  applicationName: string;
}

/** A database that is read from, through a pool of connections. */
export interface ReaderDatabase {
  readonly typeNames: TypeNames;
  /**
   * Takes a connection out of the pool; it must be released.
   * @throws Problem 503 where none is free in time, or the database can't be reached
   */
  connect(): Promise<PoolClient>;
  usage(): PoolState;
  /** @throws while the database can't be used */
  check(): Promise<void>;
  /** Closes all connections, after the statements that run. */
  close(): Promise<void>;
}

const idleTimeoutMs = 30_000;
const ownStatementTimeoutMs = 3000;

/** Makes pools of connections to a database; they connect on first use. */
export function createReaderDatabase(options: ReaderOptions, logger: Logger): ReaderDatabase {
  const pool = createPool(options, { max: options.poolSize }, logger);
  // For questions of our own, so that busy callers neither delay them nor make the service look unready.
  const own = createPool(options, { max: 1, statement_timeout: ownStatementTimeoutMs }, logger);
  return {
    typeNames: createTypeNames(own),
    async connect() {
      const isExhausted = pool.totalCount >= options.poolSize && pool.idleCount === 0;
      try {
        return await pool.connect();
      } catch (error) {
        const detail = isExhausted
          ? 'All connections to the database are in use.'
          : 'The database is not available now.';
        throw unavailable(detail, error);
      }
    },
    usage: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    async check() {
      await own.query('SELECT 1');
    },
    async close() {
      await Promise.all([pool.end(), own.end()]);
    },
  };
}

function createPool(options: ReaderOptions, more: pg.PoolConfig, logger: Logger): pg.Pool {
  const pool = new pg.Pool({
    host: options.host,
    port: options.port,
    database: options.name,
    user: options.username,
    password: options.password,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.poolWaitMs,
    idleTimeoutMillis: idleTimeoutMs,
    keepAlive: true,
    stream: createRememberingSocket,
    ...more,
  });
  const database = options.name;
  pool.on('error', (error) => logger.warn({ reason: error.message, database }, 'database connection lost'));
  // The same error reaches who waits for an answer; without a listener it would end the process.
  pool.on('connect', (client) => {
    client.on('error', (error) => logger.debug({ err: error, database }, 'database connection error'));
  });
  return pool;
}
