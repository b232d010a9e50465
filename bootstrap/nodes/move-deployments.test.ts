import { expect, test } from 'vitest';
import { ApiServer, BUILD_TIMEOUT_MS } from '../../tests/support/api-server.ts';
import { eventually } from '../../tests/support/eventually.ts';
import { connectKubernetes, type V1Deployment, type V1Pod } from '../lib/kubernetes.ts';
import { DEPLOYMENT } from '../lib/workloads.ts';
import { moveDeployments, onlyThere } from './move-deployments.ts';

const metadata = (name: string, labels = {}) => ({ name, namespace: 'movies', labels });
const deployment = (name: string, type = 'RollingUpdate'): V1Deployment => ({
  metadata: metadata(name),
  spec: {
    selector: { matchLabels: { app: name } },
    strategy: { type },
    template: { spec: { containers: [] } },
  },
});
const pod = (app: string, nodeName: string, more = {}): V1Pod => ({
  metadata: { ...metadata(`${app}-x`, { app, extra: 'yes' }), ...more },
  spec: { nodeName, containers: [] },
  status: { phase: 'Running' },
});

test('a Deployment is moved before a drain when all its pods are on that node', () => {
  const names = ['alone', 'spread', 'elsewhere', 'empty', 'recreated', 'leaving'];
  const deployments = names.map((name) => deployment(name, name === 'recreated' ? 'Recreate' : undefined));
  const pods = [
    pod('alone', 'agent'),
    pod('spread', 'agent'),
    pod('spread', 'master'),
    pod('elsewhere', 'master'),
    pod('recreated', 'agent'),
    // The pod elsewhere is ending: it can't be counted on.
    pod('leaving', 'agent'),
    pod('leaving', 'master', { deletionTimestamp: new Date() }),
    { ...pod('alone', 'agent'), metadata: { ...metadata('other', { app: 'alone' }), namespace: 'other' } },
  ];
  const moved = onlyThere(deployments, pods, 'agent').map((one) => one.metadata?.name);
  expect(moved).toEqual(['alone', 'leaving']);
});

test('a drain goes on as soon as they run elsewhere, and without those that do not get ready in time', {
  timeout: BUILD_TIMEOUT_MS,
}, async () => {
  await using server = await ApiServer.start();
  const client = connectKubernetes(server.kubeconfig);
  await server.kubectl('create', 'namespace', 'movies');
  await server.kubectl('--namespace=movies', 'create', 'serviceaccount', 'default');
  const template = {
    metadata: { labels: { app: 'alone' } },
    spec: { containers: [{ name: 'it', image: 'it' }] },
  };
  const { metadata: _, ...alone } = deployment('alone');
  await client.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'alone', namespace: 'movies' },
    ...alone,
    spec: { ...alone.spec, template },
  });
  await client.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'alone-x', namespace: 'movies', labels: { app: 'alone' } },
    spec: { nodeName: 'agent', ...template.spec },
  });
  const told: string[] = [];
  const move = async (timeoutMs: number) =>
    await moveDeployments(client, 'agent', timeoutMs, (text) => void told.push(text));
  await move(1000);
  expect(told.at(-1)).toContain('Waited 1 s in vain for movies/alone to run elsewhere');

  // What the controller of Deployments would say of the newest revision.
  const before = await readGeneration();
  const moved = move(60_000);
  await eventually(
    { description: 'a restart', timeoutMs: 30_000 },
    async () => (await readGeneration()) > before,
  );
  const status = {
    observedGeneration: await readGeneration(),
    replicas: 1,
    readyReplicas: 1,
    updatedReplicas: 1,
    availableReplicas: 1,
  };
  await server.kubectl(
    '--namespace=movies',
    'patch',
    'deployment',
    'alone',
    '--subresource=status',
    `--patch=${JSON.stringify({ status })}`,
  );
  await moved;
  expect(told.at(-1)).toBe('moving movies/alone');

  async function readGeneration(): Promise<number> {
    return (await client.read(DEPLOYMENT, 'alone', 'movies'))?.metadata?.generation ?? 0;
  }
});
