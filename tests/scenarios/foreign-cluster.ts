import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { COMPONENTS, isDeployed } from '../../bootstrap/cluster-folder/components.ts';
import { readClusterSettings } from '../../bootstrap/settings/read-cluster-settings.ts';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { type CommandResult, runCommand } from '../support/run-command.ts';

const NAME = 'taken';
/** What changes by itself, in any cluster. */
const PASSING =
  /^(events|leases|endpoints|endpointslices|componentstatuses|nodes|pods|replicasets|controllerrevisions|certificatesigningrequests)/;

/**
 * A cluster that was made without this program's knowledge, given to `create` by its kubeconfig: the same machines with
 * Kubernetes alone on them.
 */
export function describeForeignCluster(cluster: ClusterUnderTest): void {
  const folder = () => join(cluster.clone, 'clusters', NAME);
  const kubeconfig = join(cluster.folder, 'foreign.yaml');
  let before: string[] = [];

  const run = async (subcommand: string, ...args: string[]): Promise<CommandResult> => {
    const options = { cwd: cluster.clone, env: cluster.env };
    return await runCommand('./orchestrator.sh', [subcommand, ...args, '--cluster', NAME], options);
  };
  const kubectl = async (...args: string[]) =>
    (await requireSuccess(runCommand('kubectl', [`--kubeconfig=${kubeconfig}`, ...args]))).stdout;
  /** The names of all objects that are there, but for those that come and go. */
  const listAll = async (): Promise<string[]> => {
    const kinds = (await kubectl('api-resources', '--verbs=list,delete', '--output=name')).trim().split('\n');
    const kept = kinds.filter((kind) => !PASSING.test(kind));
    const columns = '--output=custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name';
    const text = await kubectl('get', kept.join(','), '--all-namespaces', '--no-headers', columns);
    return text
      .trim()
      .split('\n')
      .map((line) => line.replace(/\s+/g, ' '))
      .sort();
  };

  describe('a cluster that others made', () => {
    beforeAll(async () => {
      await cluster.prepare();
      const make = ['tests/support/make-bare-cluster.ts', cluster.name];
      const node = join(cluster.clone, 'node_modules', '.bin', 'node');
      await requireSuccess(run('--help'));
      await requireSuccess(runCommand(node, make, { cwd: cluster.clone, env: cluster.env, isShown: true }));
      await cp(join(cluster.dataFolder, 'kubeconfig.yaml'), kubeconfig);
      await mkdir(folder(), { recursive: true });
      const existing = join(cluster.clone, 'clusters', 'existing', 'cluster.yaml');
      const settings = parse(await readFile(existing, 'utf8'));
      await writeFile(join(folder(), 'cluster.yaml'), stringify(settings));
      await cluster.commitAll('Describe a cluster that others made');
      // Whoever made it has waited for that.
      const metrics = 'apiservice/v1beta1.metrics.k8s.io';
      await kubectl('wait', '--for=condition=Available', metrics, '--timeout=300s');
      await kubectl('create', 'namespace', 'shop');
      await kubectl(
        '--namespace=shop',
        'create',
        'deployment',
        'front',
        '--image=none.example/none:1',
        '--replicas=0',
      );
      before = await listAll();
    }, 3_600_000);

    test('is refused without its kubeconfig, and with one that is none', async () => {
      const without = await run('create');
      expect(without.exitCode).toBe(1);
      expect(without.stderr).toMatch(/no kubeconfig was given[\s\S]*--kubeconfig FILE/);
      const wrong = await run('create', '--kubeconfig', kubeconfig, '--context', 'nowhere');
      expect(wrong.stderr).toMatch(/has no context `nowhere`/);
      expect(await listAll()).toEqual(before);
    });

    test('with something of the same name is refused, and stays as it is', async () => {
      await kubectl('create', 'namespace', 'argocd');
      const { exitCode, stderr } = await run('create', '--kubeconfig', kubeconfig);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('nothing has been changed in it: Namespace/argocd');
      const taken = await listAll();
      expect((await run('destroy', '--keep-keys')).exitCode).toBe(0);
      expect(await listAll()).toEqual(taken);
      await kubectl('delete', 'namespace', 'argocd');
      expect(await listAll()).toEqual(before);
    });

    test('gets the whole application part', async () => {
      const { exitCode, stdout, seconds } = await run('create', '--kubeconfig', kubeconfig);
      expect(stdout).toContain('cluster created');
      expect(exitCode).toBe(0);
      reportFigure('create on a cluster that is there', seconds);
      const [gateway = ''] = stdout.match(/http:\/\/[\d.]+:3000/) ?? [];
      expect(gateway).toContain(cluster.network);
      const movie = { title: 'TOP GUN', description: 'Story of a fighter pilot' };
      const headers = { 'content-type': 'application/json' };
      const added = await fetch(`${gateway}/api/movies`, {
        method: 'POST',
        headers,
        body: JSON.stringify(movie),
      });
      expect(added.ok).toBe(true);
    });

    test('made again, without the kubeconfig, changes nothing', async () => {
      const head = await cluster.git('rev-parse', 'HEAD');
      const { exitCode, stdout } = await run('create');
      expect(stdout).toContain('cluster created');
      expect(exitCode).toBe(0);
      expect(await cluster.git('rev-parse', 'HEAD')).toBe(head);
    });

    test('deploys what is pushed', async () => {
      const file = join(cluster.clone, 'apps', 'api-gateway', 'config.env');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace(/WELCOME_MESSAGE=.*/, 'WELCOME_MESSAGE=from elsewhere'));
      await cluster.commitAll('Welcome from elsewhere');
      await cluster.push();
      await eventually({ description: 'the new message', timeoutMs: 120_000 }, async () =>
        (await (await fetch(`http://${cluster.masterAddress}:3000/`)).text()).includes('from elsewhere'),
      );
    });

    test('tells its nodes and addresses, and refuses what is not ours to do', async () => {
      const status = await run('status');
      expect(status.stdout).toMatch(/cluster taken runs/);
      expect(status.stdout).toMatch(/master +Ready +v1\./);
      expect(status.stdout).toMatch(/api-gateway +Synced +Healthy/);
      expect((await run('ui')).stdout).toContain('port-forward service/argocd-server');
      for (const refused of [
        ['stop'],
        ['start'],
        ['node', 'remove', 'agent'],
        ['control-plane', 'snapshot'],
      ]) {
        const [subcommand = '', ...args] = refused;
        const { exitCode, stderr } = await run(subcommand, ...args);
        expect(exitCode).toBe(1);
        expect(stderr).toMatch(/the nodes of the cluster taken were made by others/);
      }
      expect((await run('release', 'api-gateway')).stderr).toContain('the same command with --push');
    });

    test('has a node drained and taken back', async () => {
      expect((await run('node', 'drain', 'agent')).exitCode).toBe(0);
      expect((await run('node', 'uncordon', 'agent')).exitCode).toBe(0);
      expect((await run('node', 'drain', 'nobody')).stderr).toContain('is no node of the cluster');
    });

    test('takes every object of the overlay for EKS, as its API server says', async () => {
      const settings = await readClusterSettings(cluster.clone, 'eks');
      const deployed = COMPONENTS.filter((one) => isDeployed(one, settings));
      const overlays = ['', ...deployed.map(({ name }) => `apps/${name}`)];
      for (const overlay of overlays) {
        const path = join(cluster.clone, 'clusters', 'eks', overlay);
        const built = await requireSuccess(runCommand('kubectl', ['kustomize', path]));
        const apply = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '--filename=-'];
        const input = { input: built.stdout };
        const result = await runCommand('kubectl', [`--kubeconfig=${kubeconfig}`, ...apply], input);
        expect(result.exitCode, `${overlay}: ${result.stderr}`).toBe(0);
      }
    });

    test('is as it was before when all is removed', async () => {
      const { exitCode, stdout, seconds } = await run('destroy', '--no-keep-keys');
      expect(stdout).toContain('cluster destroyed');
      expect(exitCode).toBe(0);
      reportFigure('destroy on a cluster that is there', seconds);
      expect(await listAll()).toEqual(before);
      expect(await cluster.git('remote')).not.toContain('cluster');
    });

    afterAll(async () => {
      await cluster.run('destroy', '--no-keep-keys');
    });
  });
}
