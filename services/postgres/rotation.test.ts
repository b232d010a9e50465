import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryAsAdministrator } from '../backends/create-test-database.ts';
import { type PostgresServer, startPostgres } from '../backends/start-postgres.ts';
import { hasPsql, runProvision } from './testing/run-provision.ts';

/** What a mounted secret has. */
interface Logins {
  username: string;
  password: string;
  other?: { username: string; password: string };
}

const database = 'inventory';
const first = { username: 'inventory', password: 'first' };
const second = { username: 'inventory_alternate', password: 'second' };
const third = { username: 'inventory', password: 'third' };
const reader = { username: 'reader', password: 'reads' };
const readerAlternate = { username: 'reader_alternate', password: 'reads too' };
const member = { username: 'replicator', password: 'copies' };
const memberAlternate = { username: 'replicator_alternate', password: 'copies too' };

describe.skipIf(!hasPsql)('provisioning while passwords are rotated', () => {
  let folder: string;
  let server: PostgresServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotation-'));
    server = await startPostgres();
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function mount(name: string, { username, password, other }: Logins): Promise<string> {
    const mounted = join(folder, name);
    await rm(mounted, { recursive: true, force: true });
    await mkdir(mounted);
    await writeFile(join(mounted, 'username'), username);
    await writeFile(join(mounted, 'password'), password);
    if (other) {
      await writeFile(join(mounted, 'other-username'), other.username);
      await writeFile(join(mounted, 'other-password'), other.password);
    }
    return mounted;
  }

  async function provision(application: Logins, reading: Logins = reader, members: Logins = member) {
    const mounts = {
      POSTGRES: await mount('database', application),
      POSTGRES_READER: await mount('reader', reading),
      POSTGRES_MEMBER: await mount('member', members),
    };
    const files = Object.entries(mounts).flatMap(([variable, mounted]) => [
      [`${variable}_USERNAME_FILE`, join(mounted, 'username')],
      [`${variable}_PASSWORD_FILE`, join(mounted, 'password')],
    ]);
    await runProvision(server, { POSTGRES_DATABASE: database, ...Object.fromEntries(files) });
  }

  const query = (login: Logins, sql: string) => queryAsAdministrator({ ...server, ...login }, database, sql);

  test('at first there is one login, and no other', async () => {
    await provision(first);
    await query(first, 'CREATE TABLE movies AS SELECT 7 AS id');
    await expect(query(second, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  test('announced, both log in, and what either makes is the same role’s', async () => {
    await provision(
      { ...first, other: second },
      { ...reader, other: readerAlternate },
      { ...member, other: memberAlternate },
    );
    await query(second, 'INSERT INTO movies VALUES (8); CREATE TABLE later AS SELECT 1 AS id');
    expect(await query(first, 'TABLE later')).toEqual([{ id: 1 }]);
    const owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'";
    expect(await query(second, owners)).toEqual([{ tableowner: 'inventory' }]);
    // What the application alone may call, it may by either login.
    await query(second, 'SELECT pg_advisory_lock(1)');
  });

  test('each login of the reader reads, is limited alike, and writes nothing', async () => {
    for (const login of [reader, readerAlternate]) {
      expect(await query(login, 'SELECT count(*)::int AS count FROM movies')).toEqual([{ count: 2 }]);
      expect(await query(login, 'TABLE later')).toEqual([{ id: 1 }]);
      expect(await query(login, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '2min' }]);
      expect(await query(login, 'SHOW temp_file_limit')).toEqual([{ temp_file_limit: '128MB' }]);
      await expect(query(login, 'BEGIN READ WRITE; INSERT INTO movies VALUES (1)')).rejects.toThrow(
        'permission denied',
      );
      await expect(query(login, 'SELECT pg_sleep(1)')).rejects.toThrow('permission denied');
    }
  });

  test('each login of the members may replicate, and only they', async () => {
    const may = 'SELECT rolname FROM pg_roles WHERE rolreplication AND NOT rolsuper ORDER BY 1';
    expect(await queryAsAdministrator(server, 'postgres', may)).toEqual([
      { rolname: 'replicator' },
      { rolname: 'replicator_alternate' },
    ]);
  });

  test('switched, the sessions of the old login go on; locked, they end and it is refused', async () => {
    const session = new pg.Client({ ...server, user: first.username, password: first.password, database });
    const ended = new Promise<string>((resolve) => session.on('error', (error) => resolve(error.message)));
    await session.connect();
    await provision({ ...second, other: first });
    expect((await session.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);

    await provision(second, readerAlternate, memberAlternate);
    expect(await ended).toContain('terminating connection');
    for (const old of [first, reader])
      await expect(query(old, 'SELECT 1')).rejects.toThrow(
        /password authentication failed|not permitted to log in/,
      );
    expect(await query(second, 'SELECT count(*)::int AS count FROM movies')).toEqual([{ count: 2 }]);
    expect(await query(readerAlternate, 'TABLE later')).toEqual([{ id: 1 }]);
  });

  test('the next rotation goes back to the first name, with another password', async () => {
    await provision({ ...second, other: third }, readerAlternate, memberAlternate);
    await provision(third, readerAlternate, memberAlternate);
    expect(await query(third, 'SELECT count(*)::int AS count FROM movies')).toEqual([{ count: 2 }]);
    await expect(query(first, 'SELECT 1')).rejects.toThrow('password authentication failed');
    await expect(query(second, 'SELECT 1')).rejects.toThrow();
  });

  test('a database that is made anew from a rotated secret belongs to the role, not to its login', async () => {
    await server.kill();
    await server.restart();
    await queryAsAdministrator(server, 'postgres', `DROP DATABASE ${database}`);
    for (const { username } of [first, second, reader, readerAlternate])
      await queryAsAdministrator(server, 'postgres', `DROP ROLE IF EXISTS ${username}`);
    await provision(second, readerAlternate, memberAlternate);
    await query(second, 'CREATE TABLE movies AS SELECT 9 AS id');
    const owner =
      'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()';
    expect(await query(second, owner)).toEqual([{ owner: 'inventory' }]);
    expect(await query(readerAlternate, 'TABLE movies')).toEqual([{ id: 9 }]);
    const locked = "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'inventory'";
    expect(await query(second, locked)).toEqual([{ rolcanlogin: false }]);
  });

  test('a secret whose second login is another role’s is refused', async () => {
    await expect(provision({ ...second, other: { username: 'postgres', password: 'x' } })).rejects.toThrow(
      'not the other login',
    );
  });
});
