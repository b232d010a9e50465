import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { type ClusterUnderTest, requireSuccess } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { LocalRegistry } from '../support/local-registry.ts';
import { runCommand } from '../support/run-command.ts';

const NAMESPACE = 'mirror-test';
/** Nobody else has an image of that name. */
const IMAGE = 'only-in-the-mirror/message:1';
const MESSAGE = 'pulled through the mirror';
const USER = { username: 'node', password: 'a-password-of-the-mirror' };

const docker = async (...args: string[]) => (await requireSuccess(runCommand('docker', args))).stdout.trim();

/** Nodes that pull Docker Hub's images through a mirror, which has a certificate and a password of its own. */
export function describeRegistryMirror(cluster: ClusterUnderTest): void {
  const settings = join(cluster.clone, 'clusters', cluster.name, 'cluster.yaml');
  const access = join(cluster.configFolder, 'orchestrator', 'registries.yaml');
  const setMirrors = async (mirrors: Record<string, string[]>) => {
    const document = parseDocument(await readFile(settings, 'utf8'));
    document.setIn(['images', 'mirrors'], mirrors);
    await writeFile(settings, document.toString());
  };
  const runPod = async (name: string, node: string) => {
    const overrides = JSON.stringify({ spec: { nodeName: node } });
    const run = ['run', name, `--image=docker.io/${IMAGE}`, '--restart=Never', '--image-pull-policy=Always'];
    await cluster.kubectl('--namespace', NAMESPACE, ...run, `--overrides=${overrides}`);
    return await eventually({ description: `the log of ${name}`, timeoutMs: 90_000 }, async () =>
      (await cluster.kubectl('--namespace', NAMESPACE, 'logs', name)).includes(MESSAGE),
    );
  };

  describe('a mirror of Docker Hub', () => {
    const state: { registry?: LocalRegistry; pushed?: string } = {};

    beforeAll(async () => {
      const registry = await LocalRegistry.start(
        join(cluster.folder, 'registry'),
        `${cluster.network}.1`,
        USER,
      );
      state.registry = registry;
      state.pushed = `${registry.pushHost}/${IMAGE}`;
      await makeImage(cluster, state.pushed);
      await docker('push', '--quiet', state.pushed);
      await cluster.kubectl('create', 'namespace', NAMESPACE);
    });
    afterAll(async () => {
      await cluster.kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false');
      if (state.pushed) await runCommand('docker', ['image', 'rm', state.pushed]);
      await state.registry?.[Symbol.asyncDispose]();
      await rm(access, { force: true });
    });

    test('that others can read the password of is refused before anything changes', async () => {
      const host = state.registry?.pullHost ?? '';
      await setMirrors({ 'docker.io': [`https://${host}`] });
      await mkdir(join(access, '..'), { recursive: true });
      const tls = { ca_file: state.registry?.authority };
      await writeFile(access, JSON.stringify({ configs: { [host]: { auth: USER, tls } } }));
      await chmod(access, 0o644);
      const { exitCode, stderr } = await cluster.run('create');
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/nothing has been changed[\s\S]*registries: Others on this machine can read/);
      expect(stderr).not.toContain(USER.password);
      await chmod(access, 0o600);
    });

    test('is what every node pulls from, once `create` has brought it there', async () => {
      const create = await cluster.run('create');
      expect(create.exitCode).toBe(0);
      reportFigure('create that brings a mirror to the nodes', create.seconds);
      const nodes = await cluster.kubectl('get', 'nodes', '--output=jsonpath={.items[*].metadata.name}');
      for (const node of nodes.split(' ')) {
        const pulled = await runPod(`message-${node}`, node);
        reportFigure(`a pod on ${node} with an image from the mirror`, pulled.seconds);
      }
      const manifests = state.registry?.log.match(/GET \/v2\/only-in-the-mirror\/message\/manifests/g) ?? [];
      expect(manifests.length).toBeGreaterThanOrEqual(nodes.split(' ').length);
      expect(await cluster.git('log', '--all', '--patch', '--', 'clusters')).not.toContain(USER.password);
      for (const log of await readdir(cluster.logFolder))
        expect(await readFile(join(cluster.logFolder, log), 'utf8')).not.toContain(USER.password);
    });

    test('is forgotten when the settings name it no more', async () => {
      await setMirrors({});
      expect((await cluster.run('create')).exitCode).toBe(0);
      const container = `orchestrator-${cluster.name}-master`;
      const registries = await docker('exec', container, 'cat', '/etc/rancher/k3s/registries.yaml');
      expect(registries).not.toContain(USER.password);
      expect(registries).not.toContain(state.registry?.pullHost);
    });
  });
}

/** An image of ours with one more layer, which no node has; without a build, which would ask for its base elsewhere. */
async function makeImage(cluster: ClusterUnderTest, reference: string): Promise<void> {
  const image = '--output=jsonpath={.spec.template.spec.containers[0].image}';
  const base = await cluster.kubectl('get', 'deployment', 'api-gateway', image);
  const file = join(cluster.folder, 'message');
  await writeFile(file, `${MESSAGE}\n`);
  const container = await docker('create', base);
  try {
    await docker('cp', file, `${container}:/message`);
    const command = ['--change', 'ENTRYPOINT ["cat", "/message"]', '--change', 'CMD []'];
    await docker('commit', ...command, container, reference);
  } finally {
    await docker('rm', container);
  }
}
