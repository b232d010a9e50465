import { expect, test } from 'vitest';
import { matches } from './log-filter.ts';
import { parseLine } from './parse-line.ts';

const origin = { component: 'one', pod: 'one-0', container: 'one' };
const parse = (text: string) => parseLine({ atMs: 1, text }, origin);

test.each([
  // As our services print it, with pino-http.
  [
    '{"level":"info","time":"2026-01-02T10:00:00.000Z","service":"api-gateway","req":{"id":"r-1","method":"GET","url":"/movies"},"res":{"status":200},"durationMs":4,"msg":"request completed"}',
    { level: 'info', requestId: 'r-1', message: 'GET /movies · 200 · 4 ms · request completed' },
  ],
  [
    '{"level":"warn","reason":"timeout","messageId":"m","requestId":"r-2","msg":"order not confirmed yet"}',
    { level: 'warn', requestId: 'r-2', message: 'order not confirmed yet · timeout' },
  ],
  [
    '{"level":"error","err":{"type":"Error","message":"broken","stack":"…"},"msg":"request failed"}',
    { level: 'error', message: 'request failed · broken' },
  ],
  // lighttpd of the git server.
  [
    '{"client":"10.42.0.1","user":"-","request":"GET /health","status":200}',
    { message: '200 · GET /health' },
  ],
  // Argo CD, RabbitMQ, Patroni, PostgreSQL.
  ['time="2026-01-02T10:00:00Z" level=warning msg="sync failed"', { level: 'warn' }],
  ['2026-01-02 10:00:00.123456+00:00 [error] <0.231.0> closing connection', { level: 'error' }],
  ['2026-01-02 10:00:00,123 INFO: no action. I am (inventory-db-0), the leader', { level: 'info' }],
  ['2026-01-02 10:00:00.123 UTC [42] FATAL:  password authentication failed', { level: 'fatal' }],
  ['{"broken json', { message: '{"broken json' }],
  ['plain', { message: 'plain' }],
])('%s', (text, expected) => {
  expect(parse(text)).toMatchObject({ ...origin, text, ...expected });
});

test('a line without a level has none', () => {
  expect(parse('plain')).not.toHaveProperty('level');
  expect(parse('a NOTE: b')).not.toHaveProperty('level');
});

test('filters are all to be met', () => {
  const line = parse('{"level":"warn","requestId":"r-1","msg":"Slow answer"}');
  expect(matches(line, {})).toBe(true);
  expect(matches(line, { components: ['one'], level: 'warn', requestId: 'r-1', search: 'slow' })).toBe(true);
  expect(matches(line, { components: ['two'] })).toBe(false);
  expect(matches(line, { level: 'error' })).toBe(false);
  expect(matches(line, { requestId: 'r-2' })).toBe(false);
  expect(matches(line, { search: 'fast' })).toBe(false);
});

test('an id is found in the text of programs that don’t know of ids', () => {
  expect(matches(parse('LOG:  statement of r-1'), { requestId: 'r-1' })).toBe(true);
});
