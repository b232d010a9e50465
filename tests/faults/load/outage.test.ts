import { expect, test } from 'vitest';
import { isServedSteadily, measure } from './outage.ts';
import { REQUEST_KINDS, type SentRequest } from './request.ts';

const ok = (startedMs: number, tookMs = 10): SentRequest => ({
  kind: 'read',
  startedMs,
  endedMs: startedMs + tookMs,
});
const failed = (startedMs: number, failure = '503'): SentRequest => ({ ...ok(startedMs), failure });
const period = { fromMs: 1000, toMs: 100_000 };

test('it is served again with the first answer whose request began after the last failure', () => {
  // The request that began at 1900 outlived a later failure, and tells nothing.
  const requests = [failed(1100), ok(1900, 1500), failed(2500), ok(3000, 40), ok(3100)];
  const { read } = measure(requests, period);
  expect(read).toMatchObject({ sent: 5, failed: 2, failures: { 503: 2 }, slowestMs: 1500 });
  expect(read.servedAgainSeconds).toBeCloseTo(2.04);
});

test('an answer of more than five seconds interrupts the service, and is no failure', () => {
  const { read } = measure([ok(1100, 6000), ok(1200, 5900), ok(8000)], period);
  expect(read.failed).toBe(0);
  expect(read.servedAgainSeconds).toBeCloseTo(7.01);
});

test('without failures nothing was interrupted; without an answer after the last failure it never came back', () => {
  expect(measure([ok(1100)], period).read.servedAgainSeconds).toBe(0);
  expect(measure([ok(1100), failed(1200, 'ECONNREFUSED')], period).read.servedAgainSeconds).toBeUndefined();
  expect(measure([], period).read.servedAgainSeconds).toBeUndefined();
});

test('requests that began outside of the period are not counted', () => {
  expect(measure([failed(900), ok(1000), failed(100_000)], period).read).toMatchObject({
    sent: 1,
    failed: 0,
  });
});

test('service is steady when all kinds are answered and none fails', () => {
  const all = REQUEST_KINDS.map((kind) => ({ ...ok(2000), kind }));
  expect(isServedSteadily(all, period)).toBe(true);
  expect(isServedSteadily(all.slice(1), period)).toBe(false);
  expect(isServedSteadily([...all, failed(2000)], period)).toBe(false);
});
