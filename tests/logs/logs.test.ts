import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { followLogs } from '../../bootstrap/observability/follow-logs.ts';
import type { LogQuestion } from '../../bootstrap/observability/log-query.ts';
import { type AskLoki, listComponents, readLogs } from '../../bootstrap/observability/read-logs.ts';
import { createKeptLogs } from '../../services/dashboard/src/logs/kept-logs.ts';
import type { LogFilter } from '../../services/dashboard/src/logs/log-filter.ts';
import { eventually } from '../support/eventually.ts';
import { makeTemporaryFolder } from '../support/make-temporary-folder.ts';
import { writeLog } from './container-log.ts';
import { BUILD_TIMEOUT_MS, provideLogPrograms, startCollector, startLogStore } from './start-log-store.ts';

const HOUR_NS = 3_600_000_000_000n;
const GATEWAY = { namespace: 'movies', pod: 'api-gateway-7d9f8c6b5d-x2vzq', container: 'api-gateway' };
const BILLING = { namespace: 'movies', pod: 'billing-app-0', container: 'billing-app' };
const json = (fields: object) => ({ text: JSON.stringify(fields) });

let programs: Awaited<ReturnType<typeof provideLogPrograms>>;
beforeAll(async () => {
  programs = await provideLogPrograms();
}, BUILD_TIMEOUT_MS);

async function startBoth() {
  const folder = await makeTemporaryFolder('logs-');
  const pods = join(folder, 'pods');
  const store = await startLogStore(programs.loki, folder);
  const collector = await startCollector(programs.collector, folder, { pods, lokiUrl: store.url });
  return { folder, pods, store, collector };
}

async function read(ask: AskLoki, question: LogQuestion): Promise<string[]> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const span = { fromNs: now - HOUR_NS, toNs: now + 1_000_000n };
  const lines = await Array.fromAsync(readLogs(ask, question, span));
  return lines.map(({ text }) => text);
}

/** Waits until as many lines are there as are expected, and tells them. */
async function readAtLeast(ask: AskLoki, question: LogQuestion, count: number): Promise<string[]> {
  const { value } = await eventually({ description: `${count} lines`, timeoutMs: 30_000 }, async () => {
    const lines = await read(ask, question);
    return lines.length >= count && lines;
  });
  return value;
}

describe('what containers write', () => {
  test('is found by component, by pattern and by request, also when the pod is gone', async () => {
    const { pods, store } = await startBoth();
    await writeLog(pods, GATEWAY, [
      json({ level: 'info', req: { id: 'one', url: '/movies' }, msg: 'request completed' }),
      json({ level: 'error', req: { id: 'two', url: '/billing' }, msg: 'request failed' }),
      { text: 'not JSON, with a "quote" and a \\' },
    ]);
    await writeLog(pods, BILLING, [json({ level: 'warn', requestId: 'two', msg: 'order refused' })]);
    expect(await readAtLeast(store.ask, { component: 'api-gateway' }, 3)).toHaveLength(3);
    await readAtLeast(store.ask, { component: 'billing-app' }, 1);
    await rm(pods, { recursive: true });

    const about = async (question: LogQuestion) => await read(store.ask, question);
    expect(await about({ component: 'api-gateway', grep: 'quote" and a \\\\$' })).toHaveLength(1);
    expect(await about({ component: 'api-gateway', grep: '(?i)FAILED' })).toEqual([
      expect.stringContaining('request failed'),
    ]);
    expect(await about({ request: 'two' })).toEqual([
      expect.stringContaining('request failed'),
      expect.stringContaining('order refused'),
    ]);
    expect(await about({ component: 'billing-app', request: 'one' })).toEqual([]);
    await expect(about({ grep: '(' })).rejects.toThrow(/doesn't understand.*missing/s);
  });

  test('is shown by the dashboard when the pod is gone, as its filter asks', async () => {
    const { pods, store } = await startBoth();
    await writeLog(pods, GATEWAY, [
      json({ level: 'info', req: { id: 'one' }, msg: 'request completed' }),
      json({ level: 'error', req: { id: 'two' }, msg: 'request (failed)' }),
    ]);
    await writeLog(pods, BILLING, [json({ level: 'warn', requestId: 'two', msg: 'order refused' })]);
    await writeLog(pods, { ...GATEWAY, namespace: 'elsewhere' }, [{ text: 'of others' }]);
    await readAtLeast(store.ask, { component: 'api-gateway' }, 3);
    await readAtLeast(store.ask, { component: 'billing-app' }, 1);
    await rm(pods, { recursive: true });

    const { signal } = new AbortController();
    const kept = createKeptLogs(store.url, ['movies', 'git']);
    const messages = async (filter: LogFilter) =>
      (await kept.read(filter, signal)).map(({ message }) => message).toSorted();
    expect(await messages({})).toEqual(['order refused', 'request (failed)', 'request completed']);
    expect(await messages({ requestId: 'two' })).toEqual(['order refused', 'request (failed)']);
    expect(await messages({ components: ['api-gateway'], level: 'warn' })).toEqual(['request (failed)']);
    expect(await messages({ search: 'REQUEST (FAILED)' })).toEqual(['request (failed)']);
    expect(await messages({ search: 'nothing of "that' })).toEqual([]);
    const [line] = await kept.read({ components: ['billing-app'] }, signal);
    expect(line).toMatchObject({ pod: 'billing-app-0', container: 'billing-app', requestId: 'two' });
    expect(Math.abs(Date.now() - (line?.atMs ?? 0))).toBeLessThan(60_000);
  });

  test('is of the component that its pod belongs to, whatever made the pod', async () => {
    const { pods, store } = await startBoth();
    const owners = {
      'billing-db-0': 'billing-database',
      'inventory-db-1': 'inventory-database',
      'rabbitmq-2': 'rabbitmq',
      'backup-29384756-x2vzq': 'backup',
      'log-collector-b2c4d': 'log-collector',
      'query-api-5c6d7f8b9-kq7mn': 'query-api',
      'argocd-application-controller-0': 'argocd-application-controller',
      'by-hand': 'by-hand',
    };
    for (const pod of Object.keys(owners))
      await writeLog(pods, { namespace: 'movies', pod, container: 'main' }, [{ text: `of ${pod}` }]);
    for (const [pod, component] of Object.entries(owners))
      expect(await readAtLeast(store.ask, { component }, 1)).toEqual([`of ${pod}`]);
    const now = BigInt(Date.now()) * 1_000_000n;
    const known = await listComponents(store.ask, { fromNs: now - HOUR_NS, toNs: now });
    expect(known.toSorted()).toEqual(Object.values(owners).toSorted());
  });

  test('comes in order and whole, each line once, however many pages it takes', async () => {
    const { pods, store } = await startBoth();
    const start = Date.now() - 60_000;
    // Three lines a millisecond: a page ends in the midst of some.
    const lines = Array.from({ length: 3500 }, (_, index) => ({
      text: `line ${index}`,
      atMs: start + Math.floor(index / 3),
    }));
    await writeLog(pods, GATEWAY, [
      { text: 'the first ', atMs: start - 1, isPart: true },
      { text: 'line', atMs: start - 1 },
    ]);
    await writeLog(pods, GATEWAY, lines);
    const found = await readAtLeast(store.ask, { component: 'api-gateway' }, 3501);
    expect(found[0]).toBe('the first line');
    expect(found.slice(1).toSorted()).toEqual(lines.map(({ text }) => text).toSorted());
  });

  test('is taken from a node that was cut off, when other pods of the component are long past it', async () => {
    const { pods, store } = await startBoth();
    await writeLog(pods, GATEWAY, [{ text: 'new' }]);
    await readAtLeast(store.ask, { component: 'api-gateway' }, 1);
    const other = { ...GATEWAY, pod: 'api-gateway-7d9f8c6b5d-k8s2v' };
    await writeLog(pods, other, [{ text: 'old', atMs: Date.now() - 40 * 60_000 }]);
    expect(await readAtLeast(store.ask, { component: 'api-gateway' }, 2)).toEqual(['old', 'new']);
  });
});

/** The lines that are told to who follows, as they come. */
function follow(ask: AskLoki, question: LogQuestion) {
  const abort = new AbortController();
  const lines: string[] = [];
  const told: string[] = [];
  const fromNs = BigInt(Date.now()) * 1_000_000n - HOUR_NS;
  const options = { fromNs, signal: abort.signal, report: (text: string) => void told.push(text) };
  const readAll = async () => {
    for await (const { text } of followLogs(ask, question, options)) lines.push(text);
  };
  const over = readAll();
  onTestFinished(() => abort.abort());
  return { lines, told, end: () => abort.abort(), over };
}

describe('who follows', () => {
  test('is told what was there and what comes, late lines and those of other pods as well, each once', async () => {
    const { pods, store } = await startBoth();
    const now = Date.now();
    await writeLog(pods, GATEWAY, [{ text: 'first', atMs: now - 60_000 }, { text: 'second' }]);
    await readAtLeast(store.ask, { component: 'api-gateway' }, 2);
    const followed = follow(store.ask, { component: 'api-gateway', grep: '^[^x]+$' });
    await vi.waitUntil(() => followed.lines.length >= 2, 20_000);
    await writeLog(pods, GATEWAY, [{ text: 'third' }, { text: 'xxx' }]);
    await vi.waitUntil(() => followed.lines.length >= 3, 20_000);
    const other = { ...GATEWAY, pod: 'api-gateway-7d9f8c6b5d-k8s2v' };
    await writeLog(pods, other, [{ text: 'late', atMs: now - 10_000 }, { text: 'third' }]);
    await vi.waitUntil(() => followed.lines.length >= 5, 20_000);
    followed.end();
    await followed.over;
    expect(followed.lines).toEqual(['first', 'second', 'third', 'late', 'third']);
    expect(followed.told).toEqual([]);
  });

  test('hears that Loki is away, and loses nothing of it', async () => {
    const { folder, pods, store } = await startBoth();
    await writeLog(pods, GATEWAY, [{ text: 'before' }]);
    const followed = follow(store.ask, { component: 'api-gateway' });
    await vi.waitUntil(() => followed.lines.length >= 1, 20_000);
    await store.end('SIGKILL');
    await vi.waitUntil(() => followed.told.length > 0, 20_000);
    await writeLog(pods, GATEWAY, [{ text: 'meanwhile' }]);
    await startLogStore(programs.loki, folder, { port: Number(new URL(store.url).port) });
    await vi.waitUntil(() => followed.lines.length >= 2, 40_000);
    expect(followed.lines).toEqual(['before', 'meanwhile']);
    expect(followed.told).toEqual([
      expect.stringMatching(/^Loki does not answer \(.*ECONNREFUSED.*\); asking on …$/),
      'Loki answers again.',
    ]);
    followed.end();
    await followed.over;
  });

  test('is told at once when the question is none, or when Loki was never there', async () => {
    const { store } = await startBoth();
    await expect(follow(store.ask, { grep: '(' }).over).rejects.toThrow(/doesn't understand/);
    await store.end('SIGKILL');
    await expect(follow(store.ask, { component: 'api-gateway' }).over).rejects.toThrow();
  });
});

describe('while Loki is away', () => {
  test('nothing is lost, and what was collected before a crash of Loki or the collector is there once', async () => {
    const { folder, pods, store, collector } = await startBoth();
    await writeLog(pods, GATEWAY, [{ text: 'before' }]);
    await readAtLeast(store.ask, { component: 'api-gateway' }, 1);
    await store.end('SIGKILL');
    await writeLog(pods, GATEWAY, [{ text: 'meanwhile' }]);
    const port = Number(new URL(store.url).port);
    const again = await startLogStore(programs.loki, folder, { port });
    expect(await readAtLeast(again.ask, { component: 'api-gateway' }, 2)).toEqual(['before', 'meanwhile']);
    await collector.end('SIGKILL');
    await writeLog(pods, GATEWAY, [{ text: 'after' }]);
    await startCollector(programs.collector, folder, { pods, lokiUrl: store.url });
    expect(await readAtLeast(again.ask, { component: 'api-gateway' }, 3)).toEqual([
      'before',
      'meanwhile',
      'after',
    ]);
  });
});
