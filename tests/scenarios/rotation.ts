import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { runCommand } from '../support/run-command.ts';
import { type SteadyLoad, startLoad } from '../support/steady-load.ts';
import { type SteadyOrders, startOrders } from '../support/steady-orders.ts';

const KEY_SECRETS = [
  '--namespace=kube-system',
  '--selector=sealedsecrets.bitnami.com/sealed-secrets-key=active',
];
const LOAD = { clients: 2, pauseMs: 50, maximumMs: 15 * 60_000 } as const;

interface Sealed {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** A new sealing key, and new passwords, while requests and orders keep coming. */
export function describeRotation(cluster: ClusterUnderTest): void {
  // What is set up for each test here is for no other.
  describe('rotation', () => describeUnderLoad(cluster));
}

function describeUnderLoad(cluster: ClusterUnderTest): void {
  const gateway = `http://${cluster.masterAddress}:3000`;
  let loads: SteadyLoad[] = [];
  let orders: SteadyOrders;

  const readSecret = async (name: string): Promise<Record<string, string>> => {
    const { data } = JSON.parse(await cluster.kubectl('get', 'secret', name, '--output=json'));
    const entries = Object.entries(data as Record<string, string>);
    return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
  };
  const keysInCluster = async () =>
    (await cluster.kubectl('get', 'secrets', ...KEY_SECRETS, '--output=name')).trim().split('\n');
  const headFile = async (name: string) =>
    parse(await cluster.git('show', `HEAD:clusters/${cluster.name}/secrets/${name}.yaml`));
  const untilOpened = () =>
    eventually({ description: 'all sealed secrets opened', timeoutMs: 120_000 }, async () => {
      const { items }: { items: Sealed[] } = JSON.parse(
        await cluster.kubectl('get', 'sealedsecrets', '--all-namespaces', '--output=json'),
      );
      return items.every(
        ({ metadata, status }) =>
          status?.observedGeneration === metadata.generation &&
          status.conditions?.some((one) => one.type === 'Synced' && one.status === 'True'),
      );
    });
  const isPushed = async () =>
    (await cluster.git('ls-remote', 'cluster', 'refs/heads/main')).startsWith(
      (await cluster.git('rev-parse', 'HEAD')).trim(),
    );

  /** Tries to log in to a database, from its own pod; the password goes through a pipe. */
  async function logIn(pod: string, username: string, database: string, password: string): Promise<string> {
    const script =
      'IFS= read -r PGPASSWORD; export PGPASSWORD; exec psql -h 127.0.0.1 -U "$0" -d "$1" -Atc "SELECT 1"';
    const args = ['exec', '--stdin', pod, '--', 'sh', '-c', script, username, database];
    const { stdout, stderr } = await runCommand('kubectl', args, {
      env: cluster.env,
      input: `${password}\n`,
    });
    return `${stdout}${stderr}`;
  }

  beforeEach(async () => {
    const { key = '' } = await readSecret('query-api-key');
    const query = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-API-Key': key },
      body: JSON.stringify({ database: 'billing', sql: 'SELECT count(*) FROM orders' }),
    };
    loads = [
      startLoad(`${gateway}/api/movies?limit=5`, LOAD),
      startLoad(`${gateway}/api/query`, { ...LOAD, clients: 1, request: query }),
    ];
    orders = startOrders(gateway, { pauseMs: 50, maximumMs: LOAD.maximumMs });
    await eventually(
      { description: 'answers', timeoutMs: 20_000 },
      async () => loads.every(({ answered }) => answered > 10) && orders.accepted.length > 10,
    );
  });

  afterEach(async () => {
    await Promise.all([...loads, orders].map((load) => load.stop()));
  });

  /** Nothing failed, and every order that was accepted is written once. */
  async function requireNothingLost(): Promise<void> {
    await Promise.all([...loads, orders].map((load) => load.stop()));
    for (const { failures } of [...loads, orders]) expect(failures).toEqual([]);
    const sql = `SELECT user_id FROM orders WHERE user_id BETWEEN ${orders.firstId} AND ${orders.firstId + 1_000_000}`;
    const psql = ['psql', '-U', 'postgres', '-d', 'billing', '-Atc', sql];
    const readWritten = async () =>
      (await cluster.kubectl('exec', 'billing-db-0', '--', ...psql)).trim().split('\n').map(Number);
    const { value: written } = await eventually(
      { description: 'all orders as rows', timeoutMs: 60_000 },
      async () => {
        const found = await readWritten();
        return found.length >= orders.accepted.length && found;
      },
    );
    expect(written.toSorted()).toEqual(orders.accepted.toSorted());
  }

  describe('rotate-keys', () => {
    test('killed and run again, seals everything with one new key, and changes no Secret', async () => {
      const before = await keysInCluster();
      const passwords = await readSecret('billing-database-credentials');
      const killed = cluster.start('rotate-keys');
      await killed.printed(/Seal all secrets anew/);
      killed.child.kill('SIGKILL');
      await killed.result;
      const resumed = await cluster.run('rotate-keys');
      expect(resumed.stderr).toBe('');
      expect(resumed.exitCode).toBe(0);
      reportFigure('rotate-keys', resumed.seconds);
      const [, key = '', earlier = ''] =
        resumed.stdout.match(/sealing key (\w+) seals from now on; (\w+) still/) ?? [];
      expect(await keysInCluster()).toEqual(
        expect.arrayContaining([...before, `secret/sealing-key-${key}`, `secret/sealing-key-${earlier}`]),
      );
      expect(await keysInCluster()).toHaveLength(before.length + 1);
      const sealed = await headFile('movies.billing-database-credentials');
      expect(sealed.metadata.annotations['orchestrator/sealing-key'].startsWith(key)).toBe(true);
      expect(await isPushed()).toBe(true);
      await untilOpened();
      expect(await readSecret('billing-database-credentials')).toEqual(passwords);
      await requireNothingLost();
    });

    test('a commit that was sealed before is deployed again by git revert, and its key is not removed', async () => {
      await cluster.git(
        '-c',
        'user.name=test',
        '-c',
        'user.email=test@localhost',
        'revert',
        '--no-edit',
        'HEAD',
      );
      await cluster.push();
      await untilOpened();
      const refused = await cluster.run('rotate-keys', '--retire');
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('does not open all sealed secrets in git');
      await requireNothingLost();
    });

    test('--retire leaves one key, once everything is sealed with it', async () => {
      await requireSuccess(cluster.run('rotate-keys'));
      const retired = await requireSuccess(cluster.run('rotate-keys', '--retire'));
      expect(retired.stdout).toMatch(/sealing key \w+ is the only one/);
      expect(await keysInCluster()).toHaveLength(1);
      await untilOpened();
      await requireNothingLost();
    });
  });

  describe('rotate-passwords', () => {
    test('killed in each phase and run again, changes every password without a failed request', async () => {
      const old = {
        inventory: await readSecret('inventory-database-credentials'),
        reader: await readSecret('billing-database-reader-credentials'),
        broker: await readSecret('rabbitmq-credentials'),
      };
      for (const phase of [/Announce new passwords/, /Have everything use them/, /Refuse the old ones/]) {
        const killed = cluster.start('rotate-passwords');
        await killed.printed(phase);
        killed.child.kill('SIGKILL');
        await killed.result;
      }
      const rotated = await cluster.run('rotate-passwords');
      expect(rotated.stderr).toBe('');
      expect(rotated.exitCode).toBe(0);
      reportFigure('rotate-passwords', rotated.seconds);
      const rotations = (await cluster.git('log', '--format=%s', '-3')).trim().split('\n');
      expect(rotations.map((subject) => subject.split(' ')[0])).toEqual(['Refuse', 'Use', 'Announce']);

      const fresh = {
        inventory: await readSecret('inventory-database-credentials'),
        reader: await readSecret('billing-database-reader-credentials'),
        broker: await readSecret('rabbitmq-credentials'),
      };
      for (const name of ['inventory', 'reader', 'broker'] as const) {
        expect(fresh[name].username).not.toBe(old[name].username);
        expect(fresh[name].password).not.toBe(old[name].password);
        expect(fresh[name]).not.toHaveProperty('other-password');
      }
      const tryLogin = (login: Record<string, string>, pod: string, database: string) =>
        logIn(pod, login.username ?? '', database, login.password ?? '');
      expect(await tryLogin(fresh.inventory, 'inventory-db-0', 'inventory')).toBe('1\n');
      expect(await tryLogin(old.inventory, 'inventory-db-0', 'inventory')).toMatch(/authentication failed/);
      expect(await tryLogin(fresh.reader, 'billing-db-1', 'billing')).toBe('1\n');
      expect(await tryLogin(old.reader, 'billing-db-1', 'billing')).toMatch(/authentication failed/);
      const users = await cluster.kubectl(
        ...['exec', 'rabbitmq-0', '--', 'rabbitmqctl', 'list_users', '--silent', '--no-table-headers'],
      );
      expect(users.trim().split(/\s+/)[0]).toBe(fresh.broker.username);
      expect(users).not.toMatch(new RegExp(`^${old.broker.username}\\s`, 'm'));
      await requireNothingLost();
    });

    test('again, goes back to the first names, with other passwords', async () => {
      const { username = '', password } = await readSecret('billing-database-credentials');
      const rotated = await cluster.run('rotate-passwords');
      expect(rotated.stderr).toBe('');
      expect(rotated.stdout).toContain('the old ones are refused');
      const fresh = await readSecret('billing-database-credentials');
      expect([fresh.username, username].toSorted()).toEqual(['billing', 'billing_alternate']);
      expect(fresh.password).not.toBe(password);
      const logs = (await readdir(cluster.logFolder)).filter((name) => name.includes('rotate-passwords'));
      expect(logs.length).toBeGreaterThan(0);
      for (const log of logs) {
        const text = await readFile(join(cluster.logFolder, log), 'utf8');
        expect([fresh.password, password].filter((one) => one && text.includes(one))).toEqual([]);
      }
      await requireNothingLost();
    });
  });
}
