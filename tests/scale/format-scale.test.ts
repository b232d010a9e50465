import { expect, test } from 'vitest';
import { formatScale, growthOf, judgeGrowth } from './format-scale.ts';
import type { Measured } from './measure-scale.ts';
import { toMebibytes } from './memory.ts';

/** What was measured with so many Applications, each push taking so many seconds. */
function measured(count: number, seconds: readonly number[]): Measured {
  const times = seconds.map((synced) => ({ pushed: synced / 2, synced }));
  const [added = { pushed: 0, synced: 0 }] = times;
  const touched = { one: times, ours: times, all: times };
  return { count, added, touched, memory: { 'argocd-server': 10 * count }, load: 1.25 };
}

const results = [measured(1, [3, 1, 2]), measured(100, [3, 9, 2])];

test('the median and the slowest are told of each kind of commit', () => {
  const text = formatScale(results);
  expect(text).toMatch(/^1 +adds them +3\.00 s +3\.00 s +1\.50 s +1\.3 *$/m);
  expect(text).toMatch(/^1 +touches one of them +2\.00 s +3\.00 s +1\.00 s +1\.3 *$/m);
  expect(text).toMatch(/^100 +touches api-gateway +3\.00 s +9\.00 s +1\.50 s +1\.3 *$/m);
  expect(text).toMatch(/^100 +1000 MiB *$/m);
});

test('growth is from the fewest to the most, by medians, and unknown of one figure', () => {
  expect(growthOf(results, 'one')).toBe(1.5);
  expect(growthOf(results.slice(0, 1), 'one')).toBeNaN();
});

test('what was not measured is neither judged nor told', () => {
  const onlyOne = results.map((one) => ({ ...one, touched: { ...one.touched, ours: [], all: [] } }));
  expect(judgeGrowth(onlyOne)).toEqual({
    text: 'From 1 to 100: 1.50 times as long for one of them; less than 2 is promised.',
    isFine: true,
  });
  expect(judgeGrowth([measured(1, [1]), measured(100, [2])])).toMatchObject({
    text: expect.stringContaining('2.00 times as long for api-gateway'),
    isFine: false,
  });
  expect(judgeGrowth(onlyOne.slice(0, 1))).toEqual({ text: undefined, isFine: true });
});

test('quantities of memory are read as the metrics API writes them', () => {
  expect(['1024Ki', '3Mi', '2Gi', '1048576'].map(toMebibytes)).toEqual([1, 3, 2048, 1]);
  expect(() => toMebibytes('1k')).toThrow('1k');
});
