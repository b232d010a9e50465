import { expect, test } from 'vitest';
import { evictablePods, nameOf, unmanagedPods } from './evictable-pods.ts';

const owner = (kind: string) => [{ apiVersion: 'apps/v1', kind, name: 'o', uid: 'o', controller: true }];
const pod = (name: string, node: string, metadata = {}, phase = 'Running') => ({
  metadata: { name, namespace: 'movies', ...metadata },
  spec: { nodeName: node, containers: [] },
  status: { phase },
});
const pods = [
  pod('managed', 'agent', { ownerReferences: owner('ReplicaSet') }),
  pod('daemon', 'agent', { ownerReferences: owner('DaemonSet') }),
  pod('static', 'agent', { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
  pod('alone', 'agent'),
  pod('done', 'agent', {}, 'Succeeded'),
  pod('elsewhere', 'master', { ownerReferences: owner('ReplicaSet') }),
];

test('what leaves a node is all but the pods of DaemonSets and of the node itself', () => {
  expect(evictablePods({ pods }, 'agent').map(nameOf)).toEqual([
    'movies/managed',
    'movies/alone',
    'movies/done',
  ]);
});

test('nothing makes anew what runs without a controller', () => {
  expect(unmanagedPods(evictablePods({ pods }, 'agent')).map(nameOf)).toEqual(['movies/alone']);
});
