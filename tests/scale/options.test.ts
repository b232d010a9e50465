import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

test('a cluster is all that has to be named', () => {
  expect(readOptions(['--cluster', 'mine'])).toMatchObject({
    cluster: 'mine',
    counts: [1, 10, 100],
    commits: ['one', 'ours', 'all'],
    runs: 5,
    report: undefined,
  });
});

test('others than the usual numbers can be measured', () => {
  const options = readOptions([
    '--cluster',
    'mine',
    '--counts',
    '3',
    '50',
    '--runs',
    '7',
    '--report',
    'x.json',
  ]);
  expect(options).toMatchObject({ counts: [3, 50], runs: 7, report: 'x.json' });
});

test.each([
  ['--counts', '0'],
  ['--counts', '1000'],
  ['--runs', '1.5'],
  ['--runs', '51'],
  ['--commits', 'none'],
])('%s %s is refused', (option, value) => {
  expect(() => readOptions(['--cluster', 'mine', option, value])).toThrow(CommanderError);
});
