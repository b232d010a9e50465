import pg from 'pg';
import type { Sequelize } from 'sequelize';
import type { Logger } from '../logging/create-logger.ts';
import type { DatabaseOptions } from './create-database.ts';

/** How a watch is kept, in milliseconds. */
export interface WatchTimes {
  periodMs: number;
  /** After which a server that doesn't answer counts as gone. */
  answerTimeoutMs: number;
}

/** A server that is gone is noticed before another takes over, which takes 8 seconds at least. */
const defaultTimes: WatchTimes = { periodMs: 2000, answerTimeoutMs: 3000 };

/**
 * Ends the connections of a pool whose server vanished or froze: no packet says so, and TCP takes a quarter of an
 * hour to give up what it sent. Asks the server over a connection of its own, which goes the way that theirs go.
 * What waits for an answer fails, and may be tried again.
 * @returns a function that ends the watch
 */
export function endDeadConnections(
  sequelize: Sequelize,
  options: DatabaseOptions,
  logger: Logger,
  times: WatchTimes = defaultTimes,
): () => void {
  const open = new Set<pg.Client>();
  sequelize.addHook('afterConnect', (connection) => {
    const client = connection as pg.Client;
    open.add(client);
    client.once('end', () => open.delete(client));
  });
  const connect = async () => {
    const client = new pg.Client({
      host: options.host,
      port: options.port,
      database: options.name,
      user: options.username,
      password: options.password,
      application_name: options.applicationName,
      connectionTimeoutMillis: times.answerTimeoutMs,
      query_timeout: times.answerTimeoutMs,
    });
    // The next question meets the same error; without a listener it would end the process.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  let own: pg.Client | undefined;
  const check = async () => {
    if (open.size === 0) return;
    try {
      own ??= await connect();
      await own.query('SELECT');
    } catch (error) {
      if (own !== undefined) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ reason, connections: open.size }, 'database gone, its connections are ended');
        for (const client of [own, ...open]) client.connection.stream.destroy();
      }
      own = undefined;
    }
  };
  let timer: NodeJS.Timeout;
  const watch = async () => {
    await check();
    timer = setTimeout(watch, times.periodMs).unref();
  };
  timer = setTimeout(watch, times.periodMs).unref();
  return () => {
    clearTimeout(timer);
    own?.connection.stream.destroy();
  };
}
