import { expect, test } from 'vitest';
import { ObjectStore } from '../cluster/cluster-objects.ts';
import type { ClusterEvent } from '../cluster/cluster-source.ts';
import type { WatchedKind, WatchedObjects } from '../cluster/objects.ts';
import { createApplication, createPulledEvent } from '../testing/objects.ts';
import { createDaemonPod, createDaemonSet } from '../testing/workloads.ts';
import { JourneyTracker } from './journey-tracker.ts';

const name = 'log-collector';
const before = 'a'.repeat(40);
const revision = 'b'.repeat(40);

test('a DaemonSet is followed from node to node', () => {
  const objects = new ObjectStore();
  const tracker = new JourneyTracker();
  let nowMs = 0;
  const apply = <Kind extends WatchedKind>(kind: Kind, object: WatchedObjects[Kind]) => {
    objects.apply({ type: 'applied', kind, object } as ClusterEvent);
    nowMs += 10_000;
    tracker.observe(objects, nowMs);
  };
  const newest = () => tracker.list(nowMs)[0];
  const states = () => Object.fromEntries(newest()?.stages.map((stage) => [stage.name, stage.state]) ?? []);

  const application = { name, kind: 'DaemonSet' } as const;
  apply('Application', createApplication({ ...application, revision: before }));
  apply('DaemonSet', createDaemonSet(name, 1));
  // Of the same number, but another DaemonSet's.
  apply('Pod', createDaemonPod('node-exporter', 2, 'master'));
  tracker.begin(objects);
  tracker.push({ revision, branch: 'main', files: [`apps/${name}/config.yaml`] }, objects, nowMs);
  apply('DaemonSet', createDaemonSet(name, 2, { observedGeneration: 1 }));
  const operation = { phase: 'Succeeded', revision };
  apply('Application', createApplication({ ...application, revision, operation }));

  apply('DaemonSet', createDaemonSet(name, 2, { updated: 0 }));
  expect(states()).toMatchObject({ synced: 'done', image: 'doing', ready: 'doing' });
  const starting = createDaemonPod(name, 2, 'master', false);
  apply('Pod', starting);
  apply('Event', createPulledEvent(starting));
  apply('Pod', createDaemonPod(name, 2, 'master'));
  apply('DaemonSet', createDaemonSet(name, 2, { updated: 1 }));
  expect(states()).toMatchObject({ image: 'done', ready: 'doing' });
  expect(newest()?.stages[3]?.detail).toBe('log-collector 1 of 2');

  const last = createDaemonPod(name, 2, 'agent');
  apply('Pod', last);
  apply('DaemonSet', createDaemonSet(name, 2));
  expect(states()).toMatchObject({ image: 'done', ready: 'done' });
  tracker.answered(last.metadata.uid ?? '', undefined, nowMs);
  expect(newest()).toMatchObject({ tone: 'good', status: 'live' });
});
