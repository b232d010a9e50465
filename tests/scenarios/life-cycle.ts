import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { reportFigure } from '../support/figures.ts';
import { runCommand } from '../support/run-command.ts';

/** Looking at the cluster, stopping and starting it. */
export function describeLifeCycle(cluster: ClusterUnderTest): void {
  const readStatus = async () => JSON.parse((await cluster.run('status', '--json')).stdout);

  test('status tells machines, nodes, Applications and addresses', async () => {
    const { stdout } = await cluster.run('status');
    expect(stdout).toMatch(/master +\S+ +running +Ready/);
    expect(stdout).toMatch(/api-gateway +Synced +Healthy +[0-9a-f]{7}/);
    const status = await readStatus();
    expect(status).toMatchObject({ cluster: cluster.name, isRunning: true });
    expect(status.nodes).toHaveLength(2);
    expect(status.applications.map((one: { name: string }) => one.name)).toContain('inventory-database');
  });

  test('ui tells how to log in to Argo CD', async () => {
    // Not shown: it holds a password.
    const { stdout } = await cluster.runWithInput('', 'ui');
    const password = stdout.match(/password +(\S+)/)?.[1];
    const body = JSON.stringify({ username: 'admin', password });
    const url = `https://${cluster.masterAddress}/api/v1/session`;
    // --insecure: its certificate is its own, as `ui` says.
    const login = await runCommand('curl', ['--silent', '--insecure', '--json', '@-', url], { input: body });
    expect(login.stdout).toContain('token');
  });

  test('kubeconfig merges a context, and keeps what else is in the file', async () => {
    await runCommand('kubectl', ['config', 'set-context', 'mine', '--cluster=somewhere'], {
      env: cluster.env,
    });
    const { exitCode } = await cluster.run('kubeconfig', '--no-switch');
    expect(exitCode).toBe(0);
    const contexts = await cluster.kubectl('config', 'get-contexts', '--output=name');
    expect(contexts.trim().split('\n').sort()).toEqual(['mine', `orchestrator-${cluster.name}`]);
  });

  test('stop and start keep all data, and everything runs again', async () => {
    const gateway = `http://${cluster.masterAddress}:3000`;
    const movies = await (await fetch(`${gateway}/movies`)).text();
    const count = ['exec', 'billing-db-0', '--', 'psql', '-U', 'postgres', '-d', 'billing', '-Atc'];
    const orders = await cluster.kubectl(...count, 'SELECT count(*) FROM orders;');

    const stop = await cluster.run('stop');
    expect(stop.stdout.trim().split('\n').at(-1)).toBe('cluster stopped');
    expect((await readStatus()).machines.map((one: { state: string }) => one.state)).toEqual([
      'stopped',
      'stopped',
    ]);

    const start = await cluster.run('start');
    expect(start.stdout.trim().split('\n').at(-1)).toBe('cluster started');
    reportFigure('stop', stop.seconds);
    reportFigure('start until all Applications are Healthy', start.seconds);

    expect(await (await fetch(`${gateway}/movies`)).text()).toBe(movies);
    expect(await cluster.kubectl(...count, 'SELECT count(*) FROM orders;')).toBe(orders);
    expect((await fetch(`${gateway}/api/health`)).status).toBe(200);
  });
}

/** Destroying it, and what a kept sealing key is good for: afterwards there is a new cluster, without data. */
export function describeNewCluster(cluster: ClusterUnderTest): void {
  describe('destroy', () => {
    test('with --keep-keys lets a new cluster open the secrets of the old one', async () => {
      const { exitCode } = await cluster.run('destroy', '--keep-keys');
      expect(exitCode).toBe(0);
      expect(await listContainers(cluster)).toEqual([]);
      const before = await cluster.commitAll('Keep what earlier tests sealed');
      const create = await cluster.run('create');
      expect(create.exitCode).toBe(0);
      reportFigure('create with warm caches', create.seconds);
      // What tells the dashboard of a push belongs to the git server, whose passwords went with the cluster.
      const kept = ['clusters/*/secrets/movies.*', ':!clusters/*/secrets/movies.dashboard-push.yaml'];
      expect(await cluster.git('diff', '--name-only', before, 'HEAD', '--', ...kept)).toBe('');
      expect((await fetch(`http://${cluster.agentAddress}:3000/api/health`)).status).toBe(200);
      await cluster.kubectl('get', 'secret', 'mail-account');
    });
  });
}

/** Destroying it for good. */
export function describeDestroy(cluster: ClusterUnderTest): void {
  const exists = async (path: string) =>
    await access(path).then(
      () => true,
      () => false,
    );

  describe('destroy', () => {
    test('removes every trace', async () => {
      const { exitCode, stdout } = await cluster.run('destroy', '--no-keep-keys');
      expect(exitCode).toBe(0);
      expect(stdout).toContain('cluster destroyed');
      expect(await listContainers(cluster)).toEqual([]);
      const networks = await runCommand('docker', ['network', 'ls', '--format', '{{.Name}}']);
      expect(networks.stdout).not.toContain(cluster.network);
      expect(await exists(cluster.dataFolder)).toBe(false);
      expect(await exists(join(cluster.clone, '.vagrant', cluster.name))).toBe(false);
      expect(await readFile(cluster.kubeconfig, 'utf8')).not.toContain(`orchestrator-${cluster.name}`);
      const config = await cluster.git('config', '--local', '--list');
      expect(config).not.toContain(cluster.masterAddress);
    });

    test('of what is not there is no error', async () => {
      expect((await cluster.run('destroy', '--no-keep-keys')).exitCode).toBe(0);
    });

    test('start and stop say that there is nothing', async () => {
      for (const subcommand of ['start', 'stop']) {
        const { exitCode, stderr } = await cluster.run(subcommand);
        expect(exitCode).toBe(1);
        expect(stderr).toMatch(/(has|have) not been created/);
        expect(stderr).toContain(`./orchestrator.sh create --cluster ${cluster.name}`);
      }
    });
  });
}

async function listContainers(cluster: ClusterUnderTest): Promise<string[]> {
  const { stdout } = await runCommand('docker', ['ps', '--all', '--format', '{{.Names}}']);
  return stdout.split('\n').filter((name) => name.startsWith(`orchestrator-${cluster.name}-`));
}
