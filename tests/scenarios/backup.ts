import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { runCommand } from '../support/run-command.ts';

const PASSPHRASE = 'correct horse battery staple';
/** No other chapter's orders are of such users. */
const FIRST_USER = 4_000_000_000_000;
const JSON_HEADERS = { 'Content-Type': 'application/json' };

const fileOf = (cluster: ClusterUnderTest) => join(cluster.folder, 'everything.backup');
const queryOf = (database: string) => [
  'exec',
  `${database}-db-0`,
  '--',
  'psql',
  '-U',
  'postgres',
  '-d',
  database,
  '-Atc',
];
/** What must be the same after a restore. */
const ROWS = {
  inventory: 'SELECT id, title, description, version FROM movies ORDER BY id',
  billing: 'SELECT message_id, user_id, total_amount FROM orders ORDER BY message_id',
} as const;

/** What was accepted before the backup, for the chapter after the cluster has been made anew. */
const accepted = { inventory: '', billing: '' };

/** Backing up a cluster that is at work, and the schedule. */
export function describeBackup(cluster: ClusterUnderTest): void {
  const gateway = `http://${cluster.masterAddress}:3000`;

  describe('backup', () => {
    test('writes everything that was accepted into one file, under load', async () => {
      const orders = sendOrders(gateway);
      await eventually(
        { description: 'accepted orders', timeoutMs: 20_000 },
        async () => orders.count() > 20,
      );
      const before = orders.count();
      const args = ['--passphrase-file', '-', fileOf(cluster)];
      const backup = await cluster.runWithInput(PASSPHRASE, 'backup', ...args);
      expect(`${backup.stdout}${backup.stderr}`).toContain('is written');
      expect(backup.exitCode).toBe(0);
      expect(orders.count()).toBeGreaterThan(before);
      reportFigure('backup', backup.seconds);
      expect((await stat(fileOf(cluster))).mode & 0o777).toBe(0o600);
      expect(await readFile(fileOf(cluster), 'latin1')).not.toContain('BEGIN PRIVATE KEY');
      // Not one of them fails because orders are held for a moment.
      expect(await orders.end()).toEqual([]);
      accepted.inventory = await cluster.kubectl(...queryOf('inventory'), ROWS.inventory);
      accepted.billing = orders.ids().slice(0, before).join('\n');
      expect(accepted.inventory).toContain('TOP GUN');
    });

    test('refuses a file that is there, and one that was changed', async () => {
      const again = await cluster.run('backup', '--without-sealing-key', fileOf(cluster));
      expect(again.stderr).toContain('is there already');
      const changed = await readFile(fileOf(cluster));
      changed.writeUInt8((changed.readUInt8(changed.length / 2) + 1) % 256, changed.length / 2);
      await writeFile(`${fileOf(cluster)}.changed`, changed);
      const restore = await cluster.run('restore', '--replace', `${fileOf(cluster)}.changed`);
      expect(restore.exitCode).toBe(1);
      expect(restore.stderr).toMatch(/checksum is wrong|can't be read/);
      await rm(`${fileOf(cluster)}.changed`);
    });

    test('of the schedule is kept in the cluster, and can be fetched', async () => {
      await cluster.kubectl('create', 'job', 'backup-now', '--from=cronjob/backup');
      await cluster.kubectl('wait', '--for=condition=complete', '--timeout=120s', 'job/backup-now');
      const list = await cluster.run('backup', '--list');
      expect(list.stdout).toMatch(/\d{8}T\d{6}Z\.backup/);
      const fetched = join(cluster.folder, 'scheduled.backup');
      const fetch = await cluster.run('backup', '--scheduled', 'latest', fetched);
      expect(fetch.stdout).toContain('NOT IN IT');
      expect(fetch.exitCode).toBe(0);
      await cluster.kubectl('delete', 'job', 'backup-now');
    });
  });
}

/** Restoring into the cluster that was made anew, which is empty. */
export function describeRestore(cluster: ClusterUnderTest): void {
  describe('restore', () => {
    test('into an empty cluster brings back everything that was accepted, each order once', async () => {
      expect(await cluster.kubectl(...queryOf('billing'), 'SELECT count(*) FROM orders')).toBe('0\n');
      const restore = await cluster.run('restore', fileOf(cluster));
      expect(restore.stderr).toBe('');
      expect(restore.exitCode).toBe(0);
      reportFigure('restore', restore.seconds);
      expect(await cluster.kubectl(...queryOf('inventory'), ROWS.inventory)).toBe(accepted.inventory);
      const total = `SELECT count(*) FROM orders WHERE user_id >= ${FIRST_USER}`;
      const count = accepted.billing.split('\n').length;
      await eventually(
        { description: 'all orders as rows', timeoutMs: 30_000 },
        async () => Number(await cluster.kubectl(...queryOf('billing'), total)) >= count,
      );
      const users = (await cluster.kubectl(...queryOf('billing'), 'SELECT user_id FROM orders'))
        .trim()
        .split('\n');
      expect(accepted.billing.split('\n').filter((id) => !users.includes(id))).toEqual([]);
      const own = users.filter((id) => Number(id) >= FIRST_USER);
      expect(own.length).toBe(new Set(own).size);
    });

    test('again is refused, unless it may replace what is there, of which a backup is kept', async () => {
      const refused = await cluster.run('restore', fileOf(cluster));
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('has data');
      const replaced = await cluster.run('restore', '--replace', fileOf(cluster));
      expect(replaced.exitCode).toBe(0);
      const kept = replaced.stdout.match(/what was there before is in (\S+-before-restore\.backup)/)?.[1];
      expect(await readdir(cluster.clone)).toContain(kept);
      expect(await cluster.kubectl(...queryOf('inventory'), ROWS.inventory)).toBe(accepted.inventory);
      const gateway = `http://${cluster.agentAddress}:3000`;
      expect((await fetch(`${gateway}/api/health`)).status).toBe(200);
      const body = JSON.stringify({ title: 'After the restore', description: '' });
      const added = await fetch(`${gateway}/movies`, { method: 'POST', headers: JSON_HEADERS, body });
      expect(added.status).toBe(201);
    });

    test('on a host that has no sealing key puts it there, by its passphrase only', async () => {
      const data = join(cluster.folder, 'other-host');
      const restore = (passphrase: string) =>
        runCommand(
          './orchestrator.sh',
          ['restore', '--cluster', cluster.name, '--passphrase-file', '-', fileOf(cluster)],
          { cwd: cluster.clone, env: { ...cluster.env, XDG_DATA_HOME: data }, input: passphrase },
        );
      const wrong = await restore('something else entirely');
      expect(wrong.exitCode).toBe(1);
      expect(wrong.stderr).toContain('The passphrase is not the one');
      const right = await requireSuccess(restore(PASSPHRASE));
      expect(right.stdout).toContain('./orchestrator.sh create');
      const there = join(data, 'orchestrator', cluster.name, 'sealing-key.pem');
      const here = join(cluster.dataFolder, 'sealing-key.pem');
      expect(await readFile(there, 'utf8')).toBe(await readFile(here, 'utf8'));
      expect((await stat(there)).mode & 0o777).toBe(0o600);
    });
  });
}

/** Sends orders, one after the other, each of a user of its own, until told to end. */
function sendOrders(gateway: string) {
  const ids: string[] = [];
  const failures: unknown[] = [];
  let isEnding = false;
  const send = async () => {
    for (let user = FIRST_USER; !isEnding; user += 1) {
      const body = JSON.stringify({ user_id: user, number_of_items: 1, total_amount: '1.50' });
      const answer = await fetch(`${gateway}/billing`, { method: 'POST', headers: JSON_HEADERS, body }).catch(
        (error: unknown) => error,
      );
      if (answer instanceof Response && answer.status === 202) ids.push(String(user));
      else failures.push(answer);
    }
  };
  const sending = send();
  return {
    count: () => ids.length,
    ids: () => ids,
    /** @returns what failed */
    async end(): Promise<unknown[]> {
      isEnding = true;
      await sending;
      return failures;
    },
  };
}
