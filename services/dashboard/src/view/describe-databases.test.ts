import { expect, test } from 'vitest';
import { ObjectStore } from '../cluster/cluster-objects.ts';
import type { MemberFigures } from '../metrics/metrics-source.ts';
import { createPod } from '../testing/objects.ts';
import { createStatefulSet } from '../testing/workloads.ts';
import { describeView } from './describe-view.ts';

const component = 'billing-database';
const ports = [{ name: 'patroni', containerPort: 8008 }];
const leader: MemberFigures = { name: 'billing-db-0', isLeader: true, isSynchronous: false, position: 5000 };
const standby: MemberFigures = { ...leader, name: 'billing-db-1', isLeader: false, isSynchronous: true };

/** @param members those that answer; undefined before they were asked */
function look(replicas: number, pods: number, members: readonly MemberFigures[] | undefined) {
  const objects = new ObjectStore();
  const object = createStatefulSet('billing-db', 'billing-db-1', { replicas });
  objects.apply({ type: 'applied', kind: 'StatefulSet', object });
  for (let index = 0; index < pods; index += 1) {
    const pod = createPod({ component, hash: 'none', suffix: `${index}`, ports });
    const ownerReferences = [{ kind: 'StatefulSet', name: 'billing-db' }];
    objects.apply({
      type: 'applied',
      kind: 'Pod',
      object: { ...pod, metadata: { ...pod.metadata, ownerReferences } },
    });
  }
  const databases = new Map(members && members.length > 0 ? [[component, members]] : []);
  const { databases: described, verdict } = describeView({
    connection: { status: 'connected', sinceMs: 0 },
    objects,
    journeys: [],
    usage: { nodes: new Map(), pods: new Map() },
    figures: members && { services: new Map(), queues: new Map(), databases },
  });
  return { database: described[0], finding: verdict.findings[0]?.text };
}

test.each([
  ['both members', 2, 2, [leader, standby], 'good', undefined],
  ['the one that is wanted', 1, 1, [leader], 'good', undefined],
  ['a standby that does not answer', 2, 2, [leader], 'busy', `1 of 2 members of ${component} can't be asked`],
  ['a standby without a pod', 2, 1, [leader], 'busy', `1 of 2 members of ${component} can't be asked`],
  ['no leader', 2, 2, [standby], 'bad', `${component} has no leader`],
  ['nobody who answers', 2, 2, [], 'bad', `No member of ${component} answers`],
])('a database with %s', (_what, replicas, pods, members, tone, finding) => {
  const seen = look(replicas, pods, members);
  expect(seen.database).toMatchObject({ name: component, tone });
  expect(seen.finding).toBe(finding);
});

test('a database that nobody has asked so far is not judged', () => {
  expect(look(2, 2, undefined)).toEqual({ database: undefined, finding: undefined });
});
