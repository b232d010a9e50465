import { Histogram, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { parseExposition } from './parse-exposition.ts';
import { countGoodAnswers, countRequests, quantile, subtractCounts, toFigures } from './request-counts.ts';

/** Writes as our services do, with the library that they use. */
async function write(requests: readonly (readonly [route: string, status: number, seconds: number])[]) {
  const registry = new Registry();
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.01, 0.1, 1],
    registers: [registry],
  });
  for (const [route, status, seconds] of requests)
    histogram.observe({ method: 'GET', route, status }, seconds);
  return parseExposition(await registry.metrics());
}

test('a metric without a figure is known to be there', async () => {
  const { families, samples } = await write([]);
  expect([...families]).toEqual(['http_request_duration_seconds']);
  expect(countRequests(samples).total).toBe(0);
});

test('labels are read with what is escaped in them; what is no sample is left out', () => {
  const text =
    '# HELP a b\na{x="1\\"2\\\\3\\n",y="}"} 4 1700000000000\nnonsense here or there\nb 0x\nc +Inf\n';
  const { samples } = parseExposition(text);
  expect(samples[0]).toEqual({ name: 'a', labels: { x: '1"2\\3\n', y: '}' }, value: 4 });
  expect(samples.at(-1)).toMatchObject({ name: 'c', value: Number.POSITIVE_INFINITY });
});

test('probes and streams are no requests, and 5xx are errors', async () => {
  const { samples } = await write([
    ['/health', 200, 0.001],
    ['/ready', 503, 0.001],
    ['/api/events', 200, 60],
    ['/api/movies', 200, 0.05],
    ['/api/movies', 404, 0.05],
    ['/api/movies', 503, 0.05],
  ]);
  expect(countRequests(samples)).toMatchObject({ total: 3, errors: 1 });
  expect(countGoodAnswers(samples)).toBe(1);
});

describe('between two looks', () => {
  const before = { total: 10, errors: 1, buckets: new Map([[0.1, 10]]) };

  test('only what is new counts', () => {
    const now = { total: 14, errors: 3, buckets: new Map([[0.1, 13]]) };
    expect(subtractCounts(now, before)).toEqual({ total: 4, errors: 2, buckets: new Map([[0.1, 3]]) });
  });

  test('a process that began anew has counted from nothing', () => {
    const now = { total: 3, errors: 0, buckets: new Map([[0.1, 3]]) };
    expect(subtractCounts(now, before)).toEqual(now);
  });
});

test('processes are added up before the percentile is taken', () => {
  const fast = {
    total: 98,
    errors: 0,
    buckets: new Map([
      [0.01, 98],
      [1, 98],
      [Number.POSITIVE_INFINITY, 98],
    ]),
  };
  const slow = {
    total: 2,
    errors: 2,
    buckets: new Map([
      [0.01, 0],
      [1, 2],
      [Number.POSITIVE_INFINITY, 2],
    ]),
  };
  const figures = toFigures([fast, slow], 10);
  expect(figures).toMatchObject({ requestsPerSecond: 10, errorsPerSecond: 0.2 });
  expect(figures.p99Ms).toBeCloseTo(505);
});

test.each([
  [
    [
      [0.1, 0],
      [Number.POSITIVE_INFINITY, 0],
    ],
    undefined,
  ],
  [
    [
      [0.1, 100],
      [Number.POSITIVE_INFINITY, 100],
    ],
    0.099,
  ],
  // More than the greatest bound can't be told: Prometheus says the bound then, too.
  [
    [
      [0.1, 50],
      [1, 50],
      [Number.POSITIVE_INFINITY, 100],
    ],
    1,
  ],
] as const)('the 99th percentile of %j is %s', (buckets, expected) => {
  const value = quantile(new Map(buckets), 0.99);
  if (expected === undefined) expect(value).toBeUndefined();
  else expect(value).toBeCloseTo(expected);
});
