import { expect, test } from 'vitest';
import { formatProgress } from './resumable-download.ts';

const MEBIBYTE = 1024 ** 2;

test('progress is told in a unit that fits the whole', () => {
  expect(formatProgress(12.4 * MEBIBYTE, 68 * MEBIBYTE)).toBe('12 of 68 MiB');
  expect(formatProgress(0, 68 * MEBIBYTE)).toBe('0 of 68 MiB');
  expect(formatProgress(5 * 1024, 11.2 * 1024)).toBe('5 of 11 KiB');
  expect(formatProgress(2 * MEBIBYTE, undefined)).toBe('2 MiB');
});
