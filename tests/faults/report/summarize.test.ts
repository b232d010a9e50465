import { expect, test } from 'vitest';
import { compareWrites } from '../accounting/compare-writes.ts';
import { allKinds } from '../fault.ts';
import { measure } from '../load/outage.ts';
import type { SentRequest } from '../load/request.ts';
import type { JudgedOutcome } from '../outcome.ts';
import { formatMarkdown, formatReport } from './format-report.ts';
import { summarize } from './summarize.ts';

const fault = {
  name: 'plug',
  title: 'Pull the | plug',
  expected: 'It is put in again.',
  musts: allKinds({}),
};
const environment = {
  date: '2026-01-02 03:04',
  commit: 'abc',
  provider: 'docker',
  source: 'packages',
  machines: '2 of 4096 MiB and 2 cores',
  host: '2 cores',
  runs: 2,
};

/** A run in which as many reads failed, one a second. */
function run(failures: number, violations: readonly string[] = []): JudgedOutcome {
  const requests = Array.from({ length: failures }, (_, second): SentRequest => {
    return { kind: 'read', startedMs: second * 1000, endedMs: second * 1000 + 10, failure: '503' };
  });
  const answered = { kind: 'read', startedMs: failures * 1000, endedMs: failures * 1000 } as const;
  const figures = measure([...requests, answered], { fromMs: 0, toMs: 100_000 });
  const lost = compareWrites([{ key: '1', isAcknowledged: true }], []);
  return {
    injections: [{ what: 'pulling', figures }],
    total: figures,
    wholeAfterSeconds: failures,
    movies: lost,
    orders: compareWrites([], []),
    notes: ['pulled'],
    errors: [],
    violations,
  };
}

test('the slowest run is told, lost writes of all are added up, and one that failed fails the fault', () => {
  const summary = summarize({ fault, runs: [run(3), run(7, ['too late']), run(5)] });
  expect(summary).toMatchObject({
    verdict: 'failed',
    passedRuns: 2,
    servedAgain: { read: 7, order: 'never' },
    servedAfterHealing: { read: '-' },
    wholeAfter: 7,
    failed: { read: 7, movie: 0 },
    failures: { 'read 503': 15 },
    lost: 3,
    violations: ['too late'],
    notes: ['pulled'],
  });
});

test('a fault that was not run says why; one after which the cluster stays broken failed', () => {
  const skip = (why: 'unfit' | 'broken' | 'interrupted', runs: JudgedOutcome[]) =>
    summarize({ fault, runs, skipped: { why, text: 'no plug' } });
  expect(skip('unfit', [])).toMatchObject({ verdict: 'unfit', violations: ['no plug'] });
  expect(skip('broken', []).verdict).toBe('not run');
  expect(skip('interrupted', [run(1)]).verdict).toBe('passed');
  expect(skip('broken', [run(1)])).toMatchObject({ verdict: 'failed', violations: ['no plug'] });
});

test('the report tells each fault in a line, what failed, and on what it was measured', () => {
  const summaries = [
    summarize({ fault, runs: [run(0)] }),
    summarize({ fault, runs: [run(7, ['too late'])] }),
  ];
  const text = formatReport(environment, summaries);
  expect(text).toMatch(/^plug +passed +0\.0 \/ never \/ never +- \/ - \/ - +0\.0 +0 \/ 0 \/ 0 +1 +1 +0 *$/m);
  expect(text).toContain('Pull the | plug: failed\n  too late');
  expect(text).toContain('commit abc; provider docker, source packages');
  expect(text).toContain('1 passed, 1 failed, 0 not run');
  const markdown = formatMarkdown(environment, summaries);
  expect(markdown).toContain('| plug | failed (0 of 1) | 7.0 / never / never |');
  expect(markdown).toContain('Failed requests of all runs: read 503: 7.');
});
