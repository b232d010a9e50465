import { expect, test } from 'vitest';
import { CATALOGUE } from './catalogue.ts';
import { REQUEST_KINDS } from './load/request.ts';
import { readOptions } from './options.ts';

test('there are twenty faults, each with a name of its own and something that it must have', () => {
  expect(CATALOGUE.length).toBeGreaterThanOrEqual(20);
  expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
  for (const { name, musts, expected } of CATALOGUE) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(expected).toMatch(/\.$/);
    for (const kind of REQUEST_KINDS) expect({ name, ...musts[kind] }).not.toEqual({ name });
  }
});

test('without options all faults are run once, on a cluster of their own', () => {
  const options = readOptions([]);
  expect(options.faults).toBe(CATALOGUE);
  expect(options).toMatchObject({ runs: 1, report: 'faults-report.md', cluster: undefined });
});

test('--only takes several, in their order', () => {
  const { faults } = readOptions(['--only', 'drain', 'kill-pods', '--runs', '3']);
  expect(faults.map(({ name }) => name)).toEqual(['drain', 'kill-pods']);
});
