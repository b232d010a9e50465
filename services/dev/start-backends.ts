import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareReader } from '../backends/prepare-reader.ts';
import { type PostgresAddress, startPostgres } from '../backends/start-postgres.ts';
import { startRabbitmq } from '../backends/start-rabbitmq.ts';
import { prepareDatabase } from './prepare-database.ts';
import type { Backends } from './service-settings.ts';

export interface BackendOptions {
  /** Where the databases stay; a temporary folder where left out. */
  folder?: string;
  /** Any free ones where left out. */
  ports?: { postgres: number; rabbitmq: number };
  signal: AbortSignal;
}

/**
 * Starts the two databases, in one PostgreSQL server, and a broker.
 * @param cleanup ends them when it is disposed of
 * @throws the first failure; what had started is left to the cleanup then, too
 */
export async function startBackends(
  { folder, ports, signal: aborted }: BackendOptions,
  cleanup: AsyncDisposableStack,
): Promise<Backends> {
  if (folder !== undefined) await mkdir(join(folder, 'postgres'), { recursive: true });
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, aborted]);
  const start = async <Server extends { stop(): Promise<void> }>(starting: Promise<Server>) => {
    try {
      const server = await starting;
      cleanup.defer(() => server.stop());
      return server;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const starting = [
    start(
      startPostgres({
        ...(folder === undefined ? {} : { folder: join(folder, 'postgres') }),
        ...(ports === undefined ? {} : { port: ports.postgres }),
        signal,
      }),
    ),
    start(startRabbitmq({ ...(ports === undefined ? {} : { port: ports.rabbitmq }), signal })),
  ] as const;
  // Neither may still be on its way up when the cleanup begins.
  const [postgres, rabbitmq] = await Promise.allSettled(starting);
  failed.signal.throwIfAborted();
  if (postgres.status === 'rejected') throw postgres.reason;
  if (rabbitmq.status === 'rejected') throw rabbitmq.reason;
  return { ...(await prepareDatabases(postgres.value)), rabbitmq: rabbitmq.value };
}

/** Makes the two databases with their owners, and the role that only reads them. */
async function prepareDatabases(server: PostgresAddress): Promise<Omit<Backends, 'rabbitmq'>> {
  const inventoryDatabase = await prepareDatabase(server, 'inventory');
  const billingDatabase = await prepareDatabase(server, 'billing');
  const reader = { username: 'reader', password: server.password };
  for (const { name: database, username: application } of [inventoryDatabase, billingDatabase]) {
    const request = { database, application, reader: reader.username, password: reader.password };
    await prepareReader(server, request);
  }
  return { inventoryDatabase, billingDatabase, reader };
}
