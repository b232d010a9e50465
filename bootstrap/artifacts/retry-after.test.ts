import { expect, test } from 'vitest';
import { readRetryAfterMs } from './retry-after.ts';

test('Retry-After is read in both forms, and nonsense is ignored', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  expect(readRetryAfterMs('120', now)).toBe(120_000);
  expect(readRetryAfterMs('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30_000);
  expect(readRetryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
  expect(readRetryAfterMs('soon', now)).toBeUndefined();
  expect(readRetryAfterMs(null, now)).toBeUndefined();
});
