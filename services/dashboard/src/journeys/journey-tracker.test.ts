import { beforeEach, describe, expect, test } from 'vitest';
import { ObjectStore } from '../cluster/cluster-objects.ts';
import type { ClusterEvent } from '../cluster/cluster-source.ts';
import type { WatchedKind, WatchedObjects } from '../cluster/objects.ts';
import { createApplication, createPod, createPulledEvent } from '../testing/objects.ts';
import { createDeployment, createReplicaSet, createStatefulSet } from '../testing/workloads.ts';
import type { Journey } from '../view/view.ts';
import { JourneyTracker } from './journey-tracker.ts';

const before = 'a'.repeat(40);
const pushed = 'b'.repeat(40);
const later = 'c'.repeat(40);
const files = ['apps/api-gateway/config.env'];

let objects: ObjectStore;
let tracker: JourneyTracker;
let nowMs: number;

function apply<Kind extends WatchedKind>(kind: Kind, object: WatchedObjects[Kind]): void {
  objects.apply({ type: 'applied', kind, object } as ClusterEvent);
  nowMs += 100;
  tracker.observe(objects, nowMs);
}

function newest(): Journey {
  const [journey] = tracker.list(nowMs);
  if (!journey) throw new Error('There is no journey');
  return journey;
}

const states = ({ stages }: Journey) => Object.fromEntries(stages.map(({ name, state }) => [name, state]));
const atMs = (name: string) => newest().stages.find((stage) => stage.name === name)?.atMs;
const oldPod = createPod({ component: 'api-gateway', hash: '6f9' });

beforeEach(() => {
  objects = new ObjectStore();
  tracker = new JourneyTracker();
  nowMs = Date.parse('2026-01-02T12:00:00Z');
  const history = [{ revision: before, deployedAt: '2026-01-02T11:00:00Z' }];
  apply('Application', createApplication({ name: 'api-gateway', revision: before, history }));
  apply('Application', createApplication({ name: 'inventory-app', revision: before }));
  apply('Deployment', createDeployment({ name: 'api-gateway', revision: 1 }));
  apply('ReplicaSet', createReplicaSet('api-gateway', '6f9', 1));
  apply('Pod', oldPod);
  tracker.begin(objects);
});

/** What the API server sends when Argo CD deploys another template, up to the new pod's beginning. */
function sync(revision: string): void {
  apply('Application', createApplication({ name: 'api-gateway', revision, sync: 'OutOfSync' }));
  apply(
    'Deployment',
    createDeployment({ name: 'api-gateway', revision: 1, generation: 2, observedGeneration: 1 }),
  );
  const operation = { phase: 'Succeeded', revision };
  apply(
    'Application',
    createApplication({ name: 'api-gateway', revision, health: 'Progressing', operation }),
  );
}

const newPod = { component: 'api-gateway', hash: '7c4' };

function startPods(): void {
  apply('ReplicaSet', createReplicaSet('api-gateway', '7c4', 2));
  apply(
    'Deployment',
    createDeployment({ name: 'api-gateway', revision: 2, updated: 1, total: 2, available: 1 }),
  );
  apply('Pod', createPod({ ...newPod, isReady: false }));
}

function finishRollout(): void {
  apply('Pod', createPod({ ...newPod, address: '10.42.0.9' }));
  apply('Deployment', createDeployment({ name: 'api-gateway', revision: 2 }));
}

test('what was there before the first look is past, with what the cluster recorded', () => {
  expect(newest()).toMatchObject({ revision: before, tone: 'good', status: 'synced' });
  expect(states(newest())).toEqual({
    pushed: 'unknown',
    synced: 'done',
    image: 'unknown',
    ready: 'unknown',
    answered: 'unknown',
  });
  expect(newest().stages[1]).toMatchObject({ atMs: Date.parse('2026-01-02T11:00:00Z'), isExact: false });
});

test('a push travels: each stage is done when it is seen to be, and not before', () => {
  tracker.push({ revision: pushed, branch: 'main', title: 'Welcome', author: 'you', files }, objects, nowMs);
  const pushedMs = nowMs;
  expect(newest()).toMatchObject({ revision: pushed, title: 'Welcome', author: 'you', tone: 'busy' });
  tracker.observe(objects, nowMs);
  expect(newest().applications).toEqual(['api-gateway']);
  expect(states(newest())).toMatchObject({ pushed: 'done', synced: 'doing', image: 'waiting' });

  sync(pushed);
  expect(states(newest())).toMatchObject({ synced: 'done', image: 'waiting', ready: 'waiting' });

  startPods();
  expect(states(newest())).toMatchObject({ image: 'doing', ready: 'doing', answered: 'waiting' });
  expect(newest().status).toBe('getting its image');

  apply('Event', createPulledEvent(createPod(newPod), true));
  expect(states(newest())).toMatchObject({ image: 'done', ready: 'doing' });
  expect(newest().stages[2]?.detail).toBe('api-gateway:7c4 pulled in 1.204s');

  finishRollout();
  expect(states(newest())).toMatchObject({ ready: 'done', answered: 'doing' });
  expect(newest()).toMatchObject({ tone: 'good', status: 'live; no request has come yet' });

  const [unanswered] = tracker.listUnanswered(objects);
  expect(unanswered?.metadata.name).toBe('api-gateway-7c4-x7k2p');
  tracker.answered(unanswered?.metadata.uid ?? '', 0, nowMs);
  expect(states(newest()).answered).toBe('doing');
  nowMs += 100;
  tracker.answered(unanswered?.metadata.uid ?? '', 2, nowMs);
  expect(newest()).toMatchObject({ tone: 'good', status: 'live' });
  expect(tracker.listUnanswered(objects)).toEqual([]);

  const times = ['pushed', 'synced', 'image', 'ready', 'answered'].map((name) => Number(atMs(name)));
  expect(times[0]).toBe(pushedMs);
  expect(times).toEqual([...times].sort());
  expect(new Set(times).size).toBe(5);
});

test('requests that the old pods answer are none of the new commit', () => {
  tracker.push({ revision: pushed, branch: 'main', files }, objects, nowMs);
  sync(pushed);
  startPods();
  tracker.answered(oldPod.metadata.uid ?? '', 1000, nowMs);
  finishRollout();
  expect(states(newest()).answered).toBe('doing');
});

test('a commit that changes no template has no new pods, and is in effect', () => {
  tracker.push({ revision: pushed, branch: 'main', files }, objects, nowMs);
  const operation = { phase: 'Succeeded', revision: pushed };
  apply('Application', createApplication({ name: 'api-gateway', revision: pushed, operation }));
  expect(states(newest())).toMatchObject({ synced: 'done', image: 'waiting' });
  nowMs += 5000;
  expect(states(newest())).toMatchObject({ image: 'skipped', ready: 'skipped', answered: 'skipped' });
  expect(newest()).toMatchObject({ tone: 'good', status: 'in effect; no new pods' });
});

test('a commit of which nothing is deployed says so at once', () => {
  tracker.push({ revision: pushed, branch: 'main', files: ['README.md'] }, objects, nowMs);
  tracker.observe(objects, nowMs);
  expect(newest()).toMatchObject({
    tone: 'good',
    status: 'changes nothing that is deployed',
    applications: [],
  });
});

test('a commit that nobody told of is found by Argo CD’s look', () => {
  sync(pushed);
  startPods();
  finishRollout();
  expect(newest()).toMatchObject({ revision: pushed, applications: ['api-gateway'] });
  expect(states(newest())).toMatchObject({ pushed: 'unknown', synced: 'done', ready: 'done' });
});

test('the branch’s name, which Argo CD gives where manifests can’t be read, is no commit', () => {
  apply('Application', createApplication({ name: 'generated', revision: 'main', sync: 'Unknown' }));
  expect(newest()).toMatchObject({ revision: before, tone: 'good' });
  const anew = new JourneyTracker();
  anew.begin(objects);
  expect(anew.list(nowMs).map(({ revision }) => revision)).toEqual([before]);
});

describe('a commit that is stuck', () => {
  test('in its sync says why, in Argo CD’s words', () => {
    tracker.push({ revision: pushed, branch: 'main', files }, objects, nowMs);
    const operation = { phase: 'Failed', revision: pushed, message: 'Deployment is invalid: spec' };
    apply(
      'Application',
      createApplication({ name: 'api-gateway', revision: pushed, sync: 'OutOfSync', operation }),
    );
    expect(newest()).toMatchObject({
      tone: 'bad',
      status: 'stuck: api-gateway: Deployment is invalid: spec',
    });
  });

  test.each([
    ['ImagePullBackOff', 'image'],
    ['CrashLoopBackOff', 'image'],
  ])('at %s says so', (reason, stage) => {
    tracker.push({ revision: pushed, branch: 'main', files }, objects, nowMs);
    sync(pushed);
    startPods();
    apply('Pod', createPod({ ...newPod, isReady: false, waiting: { reason, message: 'back-off' } }));
    expect(newest().tone).toBe('bad');
    expect(newest().status).toContain(`${reason}: back-off`);
    expect(states(newest())[stage]).toBe('failed');
  });

  test('is overtaken by the one that repairs it', () => {
    tracker.push({ revision: pushed, branch: 'main', files }, objects, nowMs);
    const operation = { phase: 'Failed', revision: pushed, message: 'invalid' };
    apply(
      'Application',
      createApplication({ name: 'api-gateway', revision: pushed, sync: 'OutOfSync', operation }),
    );
    tracker.push({ revision: later, branch: 'main', files }, objects, nowMs);
    sync(later);
    const [repair, broken] = tracker.list(nowMs);
    expect(repair).toMatchObject({ revision: later });
    expect(broken).toMatchObject({ revision: pushed, status: 'overtaken by ccccccc', tone: 'good' });
  });
});

test('a StatefulSet is followed by its update revision; what counts no requests is skipped', () => {
  const name = 'billing-database';
  const application = { name, revision: before, kind: 'StatefulSet', workload: 'billing-db' } as const;
  apply('Application', createApplication(application));
  apply('StatefulSet', createStatefulSet('billing-db', 'billing-db-1'));
  tracker.push({ revision: pushed, branch: 'main', files: [`apps/${name}/config.env`] }, objects, nowMs);
  const operation = { phase: 'Succeeded', revision: pushed };
  apply('Application', createApplication({ ...application, revision: pushed, operation }));
  apply('StatefulSet', createStatefulSet('billing-db', 'billing-db-2', { generation: 2 }));
  const pod = createPod({ component: name, hash: 'none', address: '10.42.0.8' });
  const labels = { ...pod.metadata.labels, 'controller-revision-hash': 'billing-db-2' };
  apply('Pod', { ...pod, metadata: { ...pod.metadata, labels } });
  expect(states(newest())).toMatchObject({ image: 'done', ready: 'done', answered: 'doing' });
  tracker.answered(pod.metadata.uid ?? '', undefined, nowMs);
  expect(states(newest()).answered).toBe('skipped');
});

test('a push that is told of twice is one', () => {
  for (const _time of [1, 2]) tracker.push({ revision: pushed, branch: 'main', files }, objects, nowMs);
  expect(tracker.list(nowMs).map(({ revision }) => revision)).toEqual([pushed, before]);
});

test('only the newest commits are kept', () => {
  for (let count = 0; count < 30; count += 1) {
    const revision = count.toString(16).padStart(40, '0');
    tracker.push({ revision, branch: 'main', files }, objects, nowMs);
  }
  expect(tracker.list(nowMs)).toHaveLength(10);
  expect(newest().revision).toMatch(/1d$/);
});

test('an Application that a push removes is not waited for', () => {
  const removed = createApplication({ name: 'generated', revision: before });
  apply('Application', removed);
  tracker.push({ revision: pushed, branch: 'main', files: ['apps/generated/config.env'] }, objects, nowMs);
  expect(newest().tone).toBe('busy');
  objects.apply({ type: 'deleted', kind: 'Application', object: removed } as ClusterEvent);
  apply('Application', createApplication({ name: 'api-gateway', revision: pushed }));
  expect(newest()).toMatchObject({ tone: 'good', status: 'in effect; no new pods' });
});
