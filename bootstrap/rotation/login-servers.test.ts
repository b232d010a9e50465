import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { queryAsAdministrator } from '../../services/backends/create-test-database.ts';
import { type PostgresServer, startPostgres } from '../../services/backends/start-postgres.ts';
import { connectTo, type RabbitmqServer, startRabbitmq } from '../../services/backends/start-rabbitmq.ts';
import type { PodCommand } from '../lib/pod-exec.ts';
import { isLocked, type PodAccess, readSessions, takesLogin } from './login-servers.ts';
import { ROTATED_SECRETS, type RotatedSecret } from './rotated-secrets.ts';

/** The image has it; elsewhere it is the package postgresql-client. */
const hasPsql = spawnSync('psql', ['--version']).status === 0;
const START_TIMEOUT_MS = 240_000;
const POD = 'server-0';
// biome-ignore lint/style/noProcessEnv: an installed program is looked for where the user's shell would
const { PATH } = process.env;

function findSecret(name: string): RotatedSecret {
  const found = ROTATED_SECRETS.find((one) => one.name === name);
  if (!found) throw new Error(`${name} is not rotated`);
  return found;
}

/** Runs the commands that are meant for a pod here, with the variables that its container would have. */
function runHere(env: NodeJS.ProcessEnv): PodAccess {
  const exec = async (command: PodCommand) => {
    const [program = '', ...args] = command.command;
    const child = spawn(program, args, { env, stdio: 'pipe' });
    const ended = once(child, 'close');
    child.stderr.setEncoding('utf8').on('data', (text: string) => command.onErrorLine(text.trim()));
    // As in a pod, the end of the input is not told.
    for await (const chunk of command.input ?? []) child.stdin.write(chunk);
    await pipeline(child.stdout, command.output);
    const [code] = (await ended) as [number];
    return code;
  };
  return { kubernetes: { exec } as PodAccess['kubernetes'], signal: new AbortController().signal };
}

describe.skipIf(!hasPsql)('a database server', () => {
  const secret = { ...findSecret('inventory-database-credentials'), database: 'postgres' };
  const login = { username: 'inventory', password: `it's "secret" $HOME` };
  let server: PostgresServer;
  let access: PodAccess;
  const sql = (text: string) => queryAsAdministrator(server, 'postgres', text);

  beforeAll(async () => {
    server = await startPostgres();
    const { host, port, password } = server;
    access = runHere({ PATH, PGHOST: host, PGPORT: String(port), PGPASSWORD: password });
    await sql(`CREATE ROLE inventory LOGIN PASSWORD '${login.password.replaceAll("'", "''")}'`);
  }, START_TIMEOUT_MS);
  afterAll(async () => await server.stop());

  test('takes a login, and refuses another password, or a role that may not log in', async () => {
    expect(await takesLogin(access, POD, secret, login)).toBe(true);
    expect(await takesLogin(access, POD, secret, { ...login, password: 'other' })).toBe(false);
    expect(await isLocked(access, POD, secret, login.username)).toBe(false);
    await sql('ALTER ROLE inventory NOLOGIN');
    expect(await takesLogin(access, POD, secret, login)).toBe(false);
    expect(await isLocked(access, POD, secret, login.username)).toBe(true);
    await sql('ALTER ROLE inventory LOGIN');
  });

  test('says who is logged in', async () => {
    expect(await readSessions(access, POD, secret, login.username)).toBe('');
    // The session sleeps until it is seen.
    const sleeper = spawn(
      'psql',
      ['--username=inventory', '--dbname=postgres', '--command=SELECT pg_sleep(60)'],
      {
        env: {
          PATH,
          PGHOST: server.host,
          PGPORT: String(server.port),
          PGPASSWORD: login.password,
          PGAPPNAME: 'inventory-app',
        },
        stdio: 'ignore',
      },
    );
    await vi.waitUntil(
      async () => (await readSessions(access, POD, secret, login.username)) === 'inventory-app',
      { timeout: 30_000 },
    );
    sleeper.kill();
    await once(sleeper, 'exit');
  });

  test('that does not answer is not taken for one that refuses', async () => {
    await server.kill();
    await expect(takesLogin(access, POD, secret, login)).rejects.toThrow('did not say');
    await expect(readSessions(access, POD, secret, login.username)).rejects.toThrow('did not answer');
    await expect(isLocked(access, POD, secret, login.username)).rejects.toThrow('did not answer');
    await server.restart();
  });
});

describe('a broker', () => {
  const secret = findSecret('rabbitmq-credentials');
  let server: RabbitmqServer;
  let access: PodAccess;

  beforeAll(async () => {
    server = await startRabbitmq();
    access = runHere(server.environment);
  }, START_TIMEOUT_MS);
  afterAll(async () => await server.stop());

  test('takes a login, and refuses another password, or a user that is not there', async () => {
    const { username, password } = server;
    expect(await takesLogin(access, POD, secret, { username, password })).toBe(true);
    expect(await takesLogin(access, POD, secret, { username, password: 'other' })).toBe(false);
    expect(await takesLogin(access, POD, secret, { username: 'orders', password })).toBe(false);
    expect(await isLocked(access, POD, secret, username)).toBe(false);
    expect(await isLocked(access, POD, secret, 'orders')).toBe(true);
  });

  test('says who is connected', async () => {
    expect(await readSessions(access, POD, secret, server.username)).toBe('');
    const connection = await connectTo(server);
    await vi.waitUntil(
      async () => (await readSessions(access, POD, secret, server.username)) === '1 connections',
      { timeout: 30_000 },
    );
    await connection.close();
  });

  test('that does not answer is not taken for one that refuses', async () => {
    const { username, password } = server;
    await server.kill();
    await expect(takesLogin(access, POD, secret, { username, password })).rejects.toThrow('did not say');
    await expect(readSessions(access, POD, secret, username)).rejects.toThrow('did not answer');
    await expect(isLocked(access, POD, secret, username)).rejects.toThrow('did not answer');
  });
});
