import { expect, test } from 'vitest';
import { parseLine } from '../logs/parse-line.ts';
import { NewestLines } from './newest-lines.ts';

const lineOf = (pod: string, atMs: number) =>
  parseLine({ atMs, text: `${pod} ${atMs}` }, { component: 'one', pod, container: 'one' });

test('the newest are kept, whenever they come', () => {
  const lines = new NewestLines(3);
  // A container's last lines come as a burst, behind the newer ones of another.
  for (const atMs of [100, 101, 102]) lines.add(lineOf('busy', atMs));
  for (const atMs of [1, 2, 3, 103]) lines.add(lineOf('quiet', atMs));
  const { lines: taken, dropped } = lines.take();
  expect(taken.map(({ text }) => text)).toEqual(['busy 101', 'busy 102', 'quiet 103']);
  expect(dropped).toBe(4);
  expect(lines.isEmpty).toBe(true);
  expect(lines.take()).toEqual({ lines: [], dropped: 0 });
});

test('of those that come faster than they are taken, the newest are kept as well', () => {
  const lines = new NewestLines(2);
  for (let atMs = 1000; atMs > 0; atMs -= 1) lines.add(lineOf('one', atMs));
  const { lines: taken, dropped } = lines.take();
  expect(taken.map(({ atMs }) => atMs)).toEqual([999, 1000]);
  expect(dropped).toBe(998);
});

test('lines of one moment stay in the order in which they came', () => {
  const lines = new NewestLines(4);
  for (const pod of ['b', 'a', 'c']) lines.add(lineOf(pod, 1));
  expect(lines.take().lines.map(({ pod }) => pod)).toEqual(['b', 'a', 'c']);
});
