import { expect, test } from 'vitest';
import type { V1Deployment, V1Pod } from '../lib/kubernetes.ts';
import { onlyThere } from './move-deployments.ts';

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
