import { startHttpServer } from 'service-runtime/http/start-http-server';
import { expect, test } from 'vitest';
import type { LogLevel } from '../view/view.ts';
import { createKeptLogs } from './kept-logs.ts';

/*
 * Speaks as Loki does of lines that match expressions; tests/logs asks a real one. Go's expressions begin with what
 * JavaScript's have as flags.
 */
async function serveKept(texts: readonly string[]) {
  const server = await startHttpServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://loki');
    const filters = [...(searchParams.get('query') ?? '').matchAll(/ \|~ ("(?:[^"\\]|\\.)*")/g)].map(
      ([, quoted = '']) => new RegExp(JSON.parse(quoted).replace('(?i)', ''), 'i'),
    );
    const values = texts
      .filter((text) => filters.every((filter) => filter.test(text)))
      .map((text, index) => [`${index}000000`, text])
      .slice(-Number(searchParams.get('limit')));
    response.end(JSON.stringify({ data: { result: [{ stream: {}, values }] } }));
  }, 0);
  const kept = createKeptLogs(`http://127.0.0.1:${server.port}`, ['movies']);
  const { signal } = new AbortController();
  return {
    read: async (level: LogLevel, search = '') =>
      (await kept.read({ level, search }, signal)).map(({ text }) => text),
    [Symbol.asyncDispose]: () => server.stop(0),
  };
}

const usual = Array.from(
  { length: 1000 },
  (_, index) => `{"level":"info","msg":"no errors so far: ${index}"}`,
);

test('an error is found behind all that is no error', async () => {
  const failure = '{"level":"error","msg":"request failed"}';
  await using kept = await serveKept([failure, ...usual]);
  expect(await kept.read('error')).toEqual([failure]);
  expect(await kept.read('warn', 'FAILED')).toEqual([failure]);
  expect(await kept.read('info')).toEqual(usual.slice(-400));
});

test.each([
  ['fatal', '{"level":"fatal","msg":"gone"}'],
  ['error', '{ "level" : "ERR" }'],
  ['warn', '{"msg":"slow","level":"warning"}'],
  ['error', 'time="2026-01-02T10:00:00Z" level=error msg="sync failed"'],
  ['warn', '2026-01-02 10:00:00.123456+00:00 [warning] <0.231.0> closing connection'],
  ['fatal', '2026-01-02 10:00:00.123456+00:00 [critical] <0.231.0> closing connection'],
  ['error', '2026-01-02 10:00:00,123 ERROR: no leader'],
  ['fatal', '2026-01-02 10:00:00.123 UTC [42] PANIC:  out of disk'],
  ['debug', '2026-01-02 10:00:00.123 UTC [42] DEBUG1:  names its level'],
  ['info', 'names none'],
] as const)('what is of level %s is found by it: %s', async (level, text) => {
  await using kept = await serveKept([text]);
  expect(await kept.read(level)).toEqual([text]);
});
