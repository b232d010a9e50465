import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { type CommandResult, runCommand } from '../support/run-command.ts';
import { startLoad } from '../support/steady-load.ts';

const THIRD = 'agent-2';
const UNMANAGED = 'nodes-test';
const READY = '{range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status} {end}';

interface RunningPod {
  readonly metadata: {
    readonly name: string;
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
}

/** Machines that come, rest, go and are made anew, and the control plane's own state. */
export function describeNodes(cluster: ClusterUnderTest): void {
  const node = (...args: string[]) => cluster.run('node', ...args);
  const readNodes = async () =>
    (await cluster.kubectl('get', 'nodes', `--output=jsonpath=${READY}`)).trim().split(' ').sort();
  const readMovies = async () => await (await fetch(`http://${cluster.masterAddress}:3000/movies`)).text();
  const countOrders = async () => {
    const psql = ['psql', '-U', 'postgres', '-d', 'billing', '-Atc', 'SELECT count(*) FROM orders;'];
    return await cluster.kubectl('exec', 'billing-db-0', '--', ...psql);
  };
  /** Those that may be elsewhere: what belongs on every node, a drain leaves where it is. */
  const listMovablePodsOn = async (name: string) => {
    const selector = `--field-selector=spec.nodeName=${name},status.phase=Running`;
    const { items }: { items: readonly RunningPod[] } = JSON.parse(
      await cluster.kubectl('get', 'pods', '--all-namespaces', selector, '--output=json'),
    );
    return items
      .filter(({ metadata }) => !metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet'))
      .map(({ metadata }) => metadata.name);
  };

  describe('nodes', () => {
    const data = { movies: '', orders: '', uncommitted: '' };
    beforeAll(async () => {
      data.movies = await readMovies();
      data.orders = await countOrders();
      data.uncommitted = await cluster.git('status', '--porcelain');
    });
    const expectAllData = async () => {
      await eventually({ description: 'all movies and orders', timeoutMs: 60_000 }, async () => {
        expect(await readMovies()).toBe(data.movies);
        expect(await countOrders()).toBe(data.orders);
        return true;
      });
    };

    test('add refuses what is taken, and changes nothing', async () => {
      const before = await cluster.git('rev-parse', 'HEAD');
      const taken = await node('add', THIRD, '--address', cluster.agentAddress);
      expect(taken.exitCode).toBe(1);
      expect(taken.stderr).toContain(`The address ${cluster.agentAddress} is taken: agent has it`);
      expect((await node('add', 'agent', '--address', `${cluster.network}.12`)).exitCode).toBe(1);
      expect(await cluster.git('rev-parse', 'HEAD')).toBe(before);
      expect(await cluster.git('status', '--porcelain')).toBe(data.uncommitted);
    });

    test('the master can not be removed, with what to do instead', async () => {
      const { exitCode, stderr } = await node('remove', 'master');
      expect(exitCode).toBe(1);
      expect(stderr).toContain("can't be removed");
      expect(stderr).toContain('control-plane restore');
    });

    test('add makes a third, which takes pods', async () => {
      const before = await cluster.git('rev-parse', 'HEAD');
      const add = await node('add', THIRD, '--address', `${cluster.network}.12`);
      expect(add.exitCode).toBe(0);
      reportFigure('node add', add.seconds);
      expect(await readNodes()).toEqual(['agent-2=True', 'agent=True', 'master=True']);
      const changed = await cluster.git('diff', '--name-only', before.trim(), 'HEAD');
      expect(changed.trim()).toBe(`clusters/${cluster.name}/cluster.yaml`);
      const answer = await eventually(
        { description: 'the third node to answer', timeoutMs: 30_000 },
        async () => fetch(`http://${cluster.network}.12:3000/`),
      );
      expect(answer.value.status).toBe(200);
    });

    test('members start again where their volumes are, however uneven the nodes are by now', async () => {
      const brokers = ['get', 'pods', '--selector=app.kubernetes.io/name=rabbitmq', '--output=name'];
      for (const pod of (await cluster.kubectl(...brokers)).split('\n').filter(Boolean)) {
        await cluster.kubectl('delete', pod);
        await eventually({ description: `${pod} to be ready`, timeoutMs: 90_000 }, async () =>
          cluster.kubectl('wait', '--for=condition=Ready', '--timeout=5s', pod),
        );
      }
    });

    test('drain empties one without a failed request to the gateway, and uncordon lets pods back', async () => {
      const load = startLoad(`http://${cluster.masterAddress}:3000/`, {
        clients: 2,
        pauseMs: 100,
        maximumMs: 120_000,
      });
      const drain = await node('drain', 'agent', '--timeout', '3m');
      await load.stop();
      expect(drain.exitCode).toBe(0);
      reportFigure('node drain', drain.seconds);
      const [left, status] = [await listMovablePodsOn('agent'), await cluster.run('status')];
      // Whatever was wrong, what follows needs the node.
      expect((await node('uncordon', 'agent')).exitCode).toBe(0);
      expect(left).toEqual([]);
      expect(status.stdout).toMatch(/agent +\S+ +running +Ready, cordoned/);
      expect(load.failures).toEqual([]);
      expect(load.answered).toBeGreaterThan(10);
      expect((await cluster.run('status')).stdout).not.toContain('cordoned');
      await expectAllData();
    });

    test('remove takes the third away, and cluster.yaml is as it was', async () => {
      const remove = await node('remove', THIRD, '--timeout', '3m', ...(await isForced(cluster)));
      expect(remove.exitCode).toBe(0);
      reportFigure('node remove', remove.seconds);
      expect(await readNodes()).toEqual(['agent=True', 'master=True']);
      expect(await cluster.git('show', `HEAD:clusters/${cluster.name}/cluster.yaml`)).not.toContain(THIRD);
      expect(await cluster.git('status', '--porcelain')).toBe(data.uncommitted);
      const containers = await runCommand('docker', ['ps', '--all', '--format', '{{.Names}}']);
      expect(containers.stdout).not.toContain(`orchestrator-${cluster.name}-${THIRD}`);
      await expectAllData();
    });

    test('replace makes a machine anew that is gone, and its data clones itself', async () => {
      await waitForStandbys(cluster);
      const isGone = await canDoWithout(cluster, 'agent');
      // With its disk: nothing of it comes back.
      if (isGone)
        await requireSuccess(
          runCommand('docker', ['rm', '--force', '--volumes', `orchestrator-${cluster.name}-agent`]),
        );
      const replace = await replaceAgent(cluster);
      expect(replace.exitCode).toBe(0);
      reportFigure(`node replace, of a machine that is ${isGone ? 'gone' : 'alive'}`, replace.seconds);
      expect(await readNodes()).toEqual(['agent=True', 'master=True']);
      // All three on the other node could be lost at once.
      if ((await countBrokers(cluster)) > 1) expect(await countBrokers(cluster, 'agent')).toBeGreaterThan(0);
      await expectAllData();
    });
  });

  describe('the control plane', () => {
    const state = { folder: '' };
    beforeAll(async () => {
      state.folder = await mkdtemp(join(tmpdir(), 'control-plane-'));
    });
    afterAll(async () => {
      await rm(state.folder, { recursive: true, force: true });
      await cluster.kubectl('delete', 'namespace', UNMANAGED, '--ignore-not-found', '--wait=false');
    });

    test('comes back from a snapshot as it was', async () => {
      const file = join(state.folder, 'snapshot.tar.gz');
      await cluster.kubectl('create', 'namespace', UNMANAGED);
      const create = ['--namespace', UNMANAGED, 'create', 'configmap', 'kept', '--from-literal=key=value'];
      await cluster.kubectl(...create);
      const snapshot = await cluster.run('control-plane', 'snapshot', file);
      expect(snapshot.exitCode).toBe(0);
      reportFigure('control-plane snapshot', snapshot.seconds);
      expect((await stat(file)).mode & 0o777).toBe(0o600);

      await cluster.kubectl('delete', 'namespace', UNMANAGED);
      const restore = await cluster.run('control-plane', 'restore', file);
      expect(restore.exitCode).toBe(0);
      reportFigure('control-plane restore', restore.seconds);
      const read = ['--namespace', UNMANAGED, 'get', 'configmap', 'kept', '--output=jsonpath={.data.key}'];
      expect(await cluster.kubectl(...read)).toBe('value');
      // Whoever watched before has to hear of what happens now.
      await cluster.kubectl(
        '--namespace',
        UNMANAGED,
        'create',
        'deployment',
        'later',
        '--image=none',
        '--replicas=1',
      );
      const pods = ['--namespace', UNMANAGED, 'get', 'pods', '--output=name'];
      await eventually({ description: 'a pod of a new Deployment', timeoutMs: 30_000 }, async () =>
        (await cluster.kubectl(...pods)).includes('later'),
      );
    });

    test('is not put into git, and nothing else is taken for a snapshot', async () => {
      const inClone = await cluster.run('control-plane', 'snapshot', join(cluster.clone, 'snapshot.tar.gz'));
      expect(inClone.exitCode).toBe(1);
      expect(inClone.stderr).toContain('must not get into git');
      const wrong = await cluster.run('control-plane', 'restore', join(cluster.clone, 'README.md'));
      expect(wrong.exitCode).toBe(1);
      expect(wrong.stderr).toContain('no snapshot');
    });
  });
}

async function countBrokers(cluster: ClusterUnderTest, node?: string): Promise<number> {
  const where = node === undefined ? [] : [`--field-selector=spec.nodeName=${node}`];
  const select = ['--selector=app.kubernetes.io/name=rabbitmq', '--output=name'];
  return (await cluster.kubectl('get', 'pods', ...select, ...where)).split('\n').filter(Boolean).length;
}

/** Until a standby is synchronous, its leader's node is one that can't be done without. */
async function waitForStandbys(cluster: ClusterUnderTest): Promise<void> {
  const read = ['get', 'endpoints', 'inventory-database-sync', 'billing-database-sync'];
  const standbys = '--output=jsonpath={.items[*].metadata.annotations.sync_standby}';
  await eventually({ description: 'a synchronous standby of both databases', timeoutMs: 120_000 }, async () =>
    /^\S+ \S+$/.test((await cluster.kubectl(...read, standbys)).trim()),
  );
}

/** A single broker has no other copy of its queues, which are empty here. */
async function isForced(cluster: ClusterUnderTest): Promise<string[]> {
  return (await countBrokers(cluster)) === 1 ? ['--force'] : [];
}

/** Replaces the agent; where the scheduled backups are on it, only after it was refused for their sake alone. */
async function replaceAgent(cluster: ClusterUnderTest): Promise<CommandResult> {
  const replace = ['replace', 'agent', '--timeout', '4m'];
  const first = await cluster.run('node', ...replace, ...(await isForced(cluster)));
  if (!first.stderr.includes('movies/backups')) return first;
  expect(first.stderr).toContain('To replace agent would lose data, and nothing has been changed');
  expect(first.stderr.match(/^ {2}[a-z-]+\/[a-z-]+: .*/gm)).toEqual([
    '  movies/backups: the volume of the claim backups has no other copy',
  ]);
  return await cluster.run('node', ...replace, '--force');
}

/** Whether a majority of the brokers stays when a node is gone at once. */
async function canDoWithout(cluster: ClusterUnderTest, node: string): Promise<boolean> {
  const [all, there] = [await countBrokers(cluster), await countBrokers(cluster, node)];
  return all === 1 || all - there > all / 2;
}
