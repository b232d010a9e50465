import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHttpServer } from 'service-runtime/http/start-http-server';
import { expect, test } from 'vitest';
import { connectKubernetesApi } from '../cluster/kubernetes-api.ts';
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
  const followed = server.source.follow(target, 7, abort.signal, ({ text }) => void texts.push(text));
  await expect.poll(() => texts, { timeout: 10_000 }).toEqual(['one', 'two', 'three']);
  abort.abort();
  await followed;
  expect(asked[0]?.pathname).toBe('/api/v1/namespaces/movies/pods/one/log');
  expect(asked[0]?.searchParams.get('tailLines')).toBe('7');
  expect(asked[1]?.searchParams.get('sinceTime')).toBe(stamp(2));
});

test.each([400, 403, 404])('an answer of %i ends it', async (status) => {
  await using server = await serve((_request, response) =>
    response.writeHead(status).end('{"message":"no"}'),
  );
  await server.source.follow(target, 7, new AbortController().signal, () => undefined);
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
  const followed = server.source.follow(target, 7, abort.signal, ({ text }) => void texts.push(text));
  await expect.poll(() => texts, { timeout: 10_000 }).toEqual(['one']);
  abort.abort();
  await followed;
});
