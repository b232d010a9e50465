import pg from 'pg';
import type { Sequelize } from 'sequelize';
import type { Logger } from '../logging/create-logger.ts';
import { createRememberingSocket } from '../network/remember-addresses.ts';
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
  let own: pg.Client | undefined;
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
      stream: createRememberingSocket,
    });
    // Its end was told, so that of the others is told too.
    client.on('error', () => undefined);
    client.once('end', () => {
      if (own === client) own = undefined;
    });
    await client.connect();
    return client;
  };
  const check = async () => {
    if (open.size === 0) return;
    own ??= await connect().catch(() => undefined);
    const asked = own;
    try {
      await asked?.query('SELECT');
    } catch (error) {
      // One that has ended is not here any more; this one is silent.
      if (own === undefined) return;
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn({ reason, connections: open.size }, 'the database is silent, its connections are ended');
      for (const client of [own, ...open]) client.connection.stream.destroy();
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
