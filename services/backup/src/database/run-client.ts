import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { DatabaseAddress } from './database-address.ts';

/** A program of PostgreSQL's client that runs. */
export interface RunningClient {
  readonly child: ChildProcess;
  /** Resolves when it has ended well; rejects with what it said otherwise. */
  readonly ended: Promise<void>;
}

export interface ClientOptions {
  /** Folder of the programs; where PATH has them, if left out. */
  readonly programs?: string | undefined;
  readonly signal: AbortSignal;
  /** Which server to ask; none for programs that only read files. */
  readonly address?: DatabaseAddress;
  readonly stdin?: 'pipe' | 'ignore';
  readonly stdout?: 'pipe' | 'ignore';
}

const maxShownLength = 2000;

/** Starts pg_dump, pg_restore or psql. The password is in its environment, which other users can't read. */
export function startClient(
  program: 'pg_dump' | 'pg_restore' | 'psql',
  args: readonly string[],
  { programs, signal, address, stdin = 'ignore', stdout = 'ignore' }: ClientOptions,
): RunningClient {
  // biome-ignore lint/style/noProcessEnv: an installed program is looked for where the user's shell would
  const path = process.env.PATH ?? '';
  const child = spawn(program, args, {
    env: { PATH: programs ? `${programs}:${path}` : path, PGCONNECT_TIMEOUT: '10', ...connection(address) },
    stdio: [stdin, stdout, 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  // What it can't take any more is told by how it ends.
  child.stdin?.on('error', () => undefined);
  const complaints = child.stderr ? text(child.stderr) : Promise.resolve('');
  const ended = once(child, 'close').then(async ([code]: (number | null)[]) => {
    if (code === 0) return;
    throw new Error(`${program} failed: ${(await complaints).trim().slice(0, maxShownLength)}`);
  });
  ended.catch(() => undefined);
  return { child, ended };
}

/** Source: https://www.postgresql.org/docs/17/libpq-envars.html */
function connection(address: DatabaseAddress | undefined): Record<string, string> {
  if (!address) return {};
  return {
    PGHOST: address.host,
    PGPORT: String(address.port),
    PGDATABASE: address.name,
    PGUSER: address.username,
    PGPASSWORD: address.password,
    PGAPPNAME: 'backup',
  };
}
