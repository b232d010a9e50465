import { expect, test } from 'vitest';
import { ObjectStore } from '../cluster/cluster-objects.ts';
import type { ContainerStatus } from '../cluster/objects.ts';
import { createPod } from '../testing/objects.ts';
import { ScriptedLogs } from '../testing/scripted-cluster.ts';
import type { LogLine } from '../view/view.ts';
import { followLogs } from './follow-logs.ts';
import type { KeptLogs } from './kept-logs.ts';
import { parseLine } from './parse-line.ts';

const pod = createPod({ component: 'one', hash: 'a1', address: '10.42.0.7' });
const atMs = Date.now() - 60_000;
const lineOf = (text: string, name = pod.metadata.name, agoMs = 0) =>
  parseLine({ atMs: atMs - agoMs, text }, { component: 'one', pod: name, container: 'one' });

function follow(kept: KeptLogs['read']) {
  const objects = new ObjectStore();
  objects.apply({ type: 'applied', kind: 'Pod', object: pod });
  const logs = new ScriptedLogs();
  const [lines, errors]: [LogLine[], unknown[]] = [[], []];
  const onMissing = (error: unknown) => void errors.push(error);
  const { name } = pod.metadata;
  logs.print(name, 'still there', atMs);
  const sources = { source: logs, kept: { read: kept }, objects, onMissing };
  const follower = followLogs(sources, {}, (line) => void lines.push(line));
  return { follower, logs, errors, texts: () => lines.map(({ text }) => text).toSorted() };
}

test('lines of pods that are gone come along, and what a pod still has comes once', async () => {
  const kept = [lineOf('of a pod that is gone', 'one-b2-x7k2p', 1000), lineOf('still there')];
  const { follower, logs, texts } = follow(() => Promise.resolve(kept));
  await expect.poll(texts).toEqual(['of a pod that is gone', 'still there']);
  logs.print(pod.metadata.name, 'new');
  logs.print(pod.metadata.name, 'new');
  expect(texts()).toEqual(['new', 'new', 'of a pod that is gone', 'still there']);
  follower.stop();
});

test('where nothing can be read of what is kept, the rest is followed all the same', async () => {
  const { follower, errors, texts } = follow(() => Promise.reject(new Error('away')));
  await expect.poll(() => errors).toEqual([new Error('away')]);
  expect(texts()).toEqual(['still there']);
  follower.stop();
});

test('a reader that goes is told nothing more', async () => {
  const { promise, resolve } = Promise.withResolvers<LogLine[]>();
  const { follower, texts } = follow(() => promise);
  follower.stop();
  resolve([lineOf('late', 'one-b2-x7k2p')]);
  await promise;
  expect(texts()).toEqual(['still there']);
});

test('containers that prepare a pod are followed as well, while they run', () => {
  const objects = new ObjectStore();
  const statuses = (state: ContainerStatus['state']) => [
    { name: 'prepare', ready: false, restartCount: 0, ...(state ? { state } : {}) },
  ];
  const apply = (state: ContainerStatus['state'], uid = pod.metadata.uid ?? '') => {
    const status = { ...pod.status, initContainerStatuses: statuses(state) };
    const object = { ...pod, metadata: { ...pod.metadata, uid }, status };
    objects.apply({ type: 'applied', kind: 'Pod', object });
  };
  const running = { running: { startedAt: '2026-01-02T10:00:00Z' } };
  apply(running);
  const logs = new ScriptedLogs();
  const sources = { source: logs, objects, onMissing: () => undefined };
  const follower = followLogs(sources, {}, () => undefined);
  expect([...logs.followed.keys()]).toEqual(['prepare', 'one']);
  const states = () => [...logs.followed.values()].map((isRunning) => isRunning());
  expect(states()).toEqual([true, true]);
  apply({ terminated: { exitCode: 0 } });
  expect(states()).toEqual([false, true]);
  apply(running, 'another pod of that name');
  expect(states()).toEqual([false, false]);
  follower.stop();
});
