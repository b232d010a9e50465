import { expect, test } from 'vitest';
import { compareWrites } from './accounting/compare-writes.ts';
import { allKinds } from './fault.ts';
import { findViolations } from './judge.ts';
import { measure } from './load/outage.ts';
import { REQUEST_KINDS, type SentRequest } from './load/request.ts';
import type { FaultOutcome } from './outcome.ts';

const account = compareWrites([], []);

/** What is seen when reads fail from 0 s on, until a moment; then all is well. */
function outageOfReads(seconds: number): FaultOutcome {
  const failed: SentRequest = {
    kind: 'read',
    startedMs: seconds * 1000 - 1,
    endedMs: seconds * 1000,
    failure: '503',
  };
  const well = REQUEST_KINDS.map((kind) => ({
    kind,
    startedMs: seconds * 1000,
    endedMs: seconds * 1000 + 1,
  }));
  const figures = measure([failed, ...well], { fromMs: 0, toMs: 100_000 });
  return {
    injections: [{ what: 'pulling the plug', figures }],
    afterHealing: measure(well, { fromMs: 0, toMs: 100_000 }),
    total: figures,
    movies: account,
    orders: account,
    notes: [],
    errors: [],
  };
}

test('too late is a violation, in time is none', () => {
  const musts = allKinds({ servedWithin: 15 });
  expect(findViolations(outageOfReads(14), musts)).toEqual([]);
  expect(findViolations(outageOfReads(16), musts)).toEqual([
    'reads after pulling the plug: served after 16.0 s, not 15 s',
  ]);
});

test('healing has a limit of its own, which the outage before doesn’t touch', () => {
  expect(findViolations(outageOfReads(60), allKinds({ servedWithinOfHealing: 1 }))).toEqual([]);
  const { total } = outageOfReads(16);
  expect(
    findViolations({ ...outageOfReads(60), afterHealing: total }, allKinds({ servedWithinOfHealing: 1 })),
  ).toHaveLength(1);
});

test('where none may fail, one that did is a violation', () => {
  expect(findViolations(outageOfReads(1), allKinds({ noFailure: true }))).toEqual([
    '1 reads failed, none may',
  ]);
});

test('never served again, lost, duplicated and uncounted writes, and errors are violations whatever the musts', () => {
  const write = (key: string) => ({ key, isAcknowledged: true });
  const orders = compareWrites(
    [write('1'), write('2')],
    [1, 2].map((id) => ({ key: '2', id })),
  );
  const { movies: _, ...uncounted } = outageOfReads(1);
  expect(findViolations({ ...uncounted, orders, errors: ['it broke'] }, allKinds({}))).toEqual([
    'it broke',
    'movies could not be counted',
    '1 acknowledged orders lost: 1',
    '1 orders duplicated: 2',
  ]);
  const nothing = measure([], { fromMs: 0, toMs: 1 });
  const dead = { ...outageOfReads(1), injections: [{ what: 'the end', figures: nothing }] };
  expect(findViolations(dead, allKinds({ servedWithin: 15 }))).toContain(
    'reads after the end: not served again',
  );
});
