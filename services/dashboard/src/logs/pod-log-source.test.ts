import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHttpServer } from 'service-runtime/http/start-http-server';
import { expect, test } from 'vitest';
import { connectKubernetesApi } from '../cluster/kubernetes-api.ts';
import type { RawLine } from './log-source.ts';
import { createPodLogSource } from './pod-log-source.ts';

/*
 * A server that speaks as the API server does of logs, since a real one needs a node for that; tests/scenarios reads
 * logs of a real one.
 */
async function serve(answer: Parameters<typeof startHttpServer>[0]) {
  const server = await startHttpServer(answer, 0);
  const folder = await mkdtemp(join(tmpdir(), 'pod-log-'));
  const kubeconfig = join(folder, 'kubeconfig');
  // The client refuses plain HTTP otherwise.
  const cluster = { server: `http://127.0.0.1:${server.port}`, 'insecure-skip-tls-verify': true };
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster }],
    users: [{ name: 'a', user: {} }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  return {
    source: createPodLogSource(connectKubernetesApi(kubeconfig)),
    async [Symbol.asyncDispose]() {
      await server.stop(0);
      await rm(folder, { recursive: true });
    },
  };
}

const always = () => true;
const target = { namespace: 'movies', pod: 'one', container: 'one' };

test('a connection that breaks is made again, and no line is missing or there twice', async () => {
  const asked: URL[] = [];
  const stamp = (second: number) => `2026-01-02T10:00:0${second}.123456789Z`;
  await using server = await serve((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://server'));
    if (asked.length === 1) {
      response.write(`${stamp(1)} one\n${stamp(2)} two\n`, () => setTimeout(() => response.destroy(), 50));
    } else response.write(`${stamp(2)} two\n${stamp(3)} three\n`);
  });
  const abort = new AbortController();
  const texts: string[] = [];
  const followed = server.source.follow(target, 7, abort.signal, ({ text }) => void texts.push(text), always);
  await expect.poll(() => texts, { timeout: 10_000 }).toEqual(['one', 'two', 'three']);
  abort.abort();
  await followed;
  expect(asked[0]?.pathname).toBe('/api/v1/namespaces/movies/pods/one/log');
  expect(asked[0]?.searchParams.get('tailLines')).toBe('7');
  expect(asked[1]?.searchParams.get('sinceTime')).toBe(stamp(2));
});

test('a node’s clock may be of any zone, and write as many digits as it likes', async () => {
  const asked: URL[] = [];
  const times = ['10:00:01.1+02:00', '10:00:01.12+02:00', '08:00:02Z', '03:30:03.000000001-04:30'];
  await using server = await serve((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://server'));
    const lines = times.map((time, index) => `2026-01-02T${time} ${index}\n`).join('');
    if (asked.length === 1) response.end(lines);
    else response.write(`${lines}2026-01-02T10:00:04.5+02:00 last\n`);
  });
  const abort = new AbortController();
  const lines: RawLine[] = [];
  const followed = server.source.follow(target, 7, abort.signal, (line) => void lines.push(line), always);
  await expect
    .poll(() => lines.map(({ text }) => text), { timeout: 10_000 })
    .toEqual(['0', '1', '2', '3', 'last']);
  abort.abort();
  await followed;
  expect(asked[1]?.searchParams.get('sinceTime')).toBe('2026-01-02T08:00:03.000000001Z');
  expect(lines[0]?.atMs).toBe(Date.parse('2026-01-02T08:00:01.1Z'));
});

test.each([400, 403, 404])('an answer of %i ends it', async (status) => {
  await using server = await serve((_request, response) =>
    response.writeHead(status).end('{"message":"no"}'),
  );
  await server.source.follow(target, 7, new AbortController().signal, () => undefined, always);
});

test('an API server that is busy is asked again', async () => {
  let count = 0;
  await using server = await serve((_request, response) => {
    count += 1;
    if (count === 1) response.writeHead(429).end('{"message":"too many requests"}');
    else response.write('2026-01-02T10:00:01.123456789Z one\n');
  });
  const abort = new AbortController();
  const texts: string[] = [];
  const followed = server.source.follow(target, 7, abort.signal, ({ text }) => void texts.push(text), always);
  await expect.poll(() => texts, { timeout: 10_000 }).toEqual(['one']);
  abort.abort();
  await followed;
});

test('a container that has ended is not asked again and again', async () => {
  let count = 0;
  await using server = await serve((_request, response) => {
    count += 1;
    response.end('2026-01-02T10:00:01.123456789Z one\n');
  });
  let looks = 0;
  const isRunning = () => {
    looks += 1;
    return looks < 2;
  };
  await server.source.follow(target, 7, new AbortController().signal, () => undefined, isRunning);
  expect([count, looks]).toEqual([2, 2]);
});
