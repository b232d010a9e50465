import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../../backends/free-port.ts';
import { spawnServer } from '../../../backends/server-process.ts';

/** A server of the PostgreSQL that is installed, whose own pg_dump understands it. */
export interface InstalledPostgres {
  host: string;
  port: number;
  /** The superuser's. */
  password: string;
  /** The folder of its programs. */
  programs: string;
  stop(): Promise<void>;
}

const debianFolder = '/usr/lib/postgresql';
const password = 'only-on-loopback';
/** The user `nobody`: PostgreSQL refuses to run as root. */
const nobody = { uid: 65_534, gid: 65_534 };

/** Starts the newest PostgreSQL that Debian's packages have installed, with data of its own. */
export async function startInstalledPostgres(): Promise<InstalledPostgres> {
  const versions = (await readdir(debianFolder)).map(Number).sort((a, b) => a - b);
  const programs = join(debianFolder, String(versions.at(-1)), 'bin');
  const identity = process.getuid?.() === 0 ? nobody : {};
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  await writeFile(join(folder, 'password'), password);
  if ('uid' in identity)
    for (const path of [folder, data, join(folder, 'password')]) await chown(path, nobody.uid, nobody.gid);
  const flags = ['--username=postgres', `--pwfile=${join(folder, 'password')}`, '--auth=scram-sha-256'];
  const initdb = promisify(execFile);
  const options = { cwd: folder, ...identity };
  await initdb(
    join(programs, 'initdb'),
    [`--pgdata=${data}`, ...flags, '--encoding=UTF8', '--locale=C', '--no-sync'],
    options,
  );
  const [host, port] = ['127.0.0.1', await freePort()];
  const network = ['-p', String(port), '-c', `listen_addresses=${host}`, '-c', 'unix_socket_directories='];
  const server = await spawnServer(join(programs, 'postgres'), ['-D', data, ...network, '-c', 'fsync=off'], {
    folder,
    output: join(folder, 'log'),
    ...identity,
  });
  const tryConnection = async () => {
    const client = new pg.Client({ host, port, user: 'postgres', password, database: 'postgres' });
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
  };
  await server.untilReady(tryConnection, { name: 'PostgreSQL', timeoutMs: 60_000, signal: undefined });
  return {
    host,
    port,
    password,
    programs,
    async stop() {
      await server.end('SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
