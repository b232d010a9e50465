import { expect, test } from 'vitest';
import { median, percentile } from './statistics.ts';

test('median and percentile take one of the values, in the order of their size', () => {
  expect(median([10, 9, 100])).toBe(10);
  expect(percentile([1, 2, 3, 4], 99)).toBe(4);
  expect(
    percentile(
      Array.from({ length: 100 }, (_, index) => index + 1),
      99,
    ),
  ).toBe(99);
  expect(() => median([])).toThrow();
});
