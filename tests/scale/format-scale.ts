import { formatTable } from '../../bootstrap/lib/format-table.ts';
import { median } from '../support/figures.ts';
import type { PushTimes } from '../support/push-to-synced.ts';
import type { Measured } from './measure-scale.ts';
import { TOUCHED, type Touched } from './scaled-cluster.ts';

/** By how much a commit that touches one Application may be slower among the most than among the fewest. */
const MOST_GROWTH = 2;

const COMMITS: Readonly<Record<Touched, string>> = {
  one: 'touches one of them',
  ours: 'touches api-gateway',
  all: 'touches all of them',
};
const HEAD = ['applications', 'commit', 'to Synced: median', 'slowest', 'of it git push', 'load'];

/** The figures as tables for a terminal. */
export function formatScale(results: readonly Measured[]): string {
  const rows = results.flatMap((result) => {
    const row = (commit: string, times: readonly PushTimes[]) => [
      String(result.count),
      commit,
      ...describe(times),
      result.load.toFixed(1),
    ];
    return [
      row('adds them', [result.added]),
      ...TOUCHED.filter((kind) => result.touched[kind].length > 0).map((kind) =>
        row(COMMITS[kind], result.touched[kind]),
      ),
    ];
  });
  return [formatTable(HEAD, rows), ...formatMemory(results)].join('\n');
}

/**
 * How many times as long a commit takes among the most generated Applications as among the fewest, by medians.
 *
 * @returns NaN unless both were measured
 */
export function growthOf(results: readonly Measured[], kind: Touched): number {
  const [fewest, most] = [results.at(0), results.at(-1)];
  if (!fewest || !most || fewest === most) return Number.NaN;
  return median(syncedOf(most.touched[kind])) / median(syncedOf(fewest.touched[kind]));
}

/** What {@link judgeGrowth} concludes. */
export interface Judgement {
  /** A sentence; `undefined` where nothing was measured twice. */
  readonly text: string | undefined;
  /** Whether all that was measured has grown as little as is promised. */
  readonly isFine: boolean;
}

const SHORT: Readonly<Record<'one' | 'ours', string>> = { one: 'one of them', ours: 'api-gateway' };

/** Whether commits that touch one Application have become slower than is promised, of the kinds that were measured. */
export function judgeGrowth(results: readonly Measured[]): Judgement {
  const growths = (['one', 'ours'] as const)
    .map((kind) => ({ kind, growth: growthOf(results, kind) }))
    .filter(({ growth }) => !Number.isNaN(growth));
  if (growths.length === 0) return { text: undefined, isFine: true };
  const all = growths.map(({ kind, growth }) => `${growth.toFixed(2)} times as long for ${SHORT[kind]}`);
  const [fewest, most] = [results.at(0)?.count, results.at(-1)?.count];
  return {
    text: `From ${fewest} to ${most}: ${all.join(', ')}; less than ${MOST_GROWTH} is promised.`,
    isFine: growths.every(({ growth }) => growth < MOST_GROWTH),
  };
}

function describe(times: readonly PushTimes[]): string[] {
  const synced = syncedOf(times);
  const pushed = times.map((one) => one.pushed);
  return [median(synced), Math.max(...synced), median(pushed)].map((seconds) => `${seconds.toFixed(2)} s`);
}

function syncedOf(times: readonly PushTimes[]): number[] {
  return times.map(({ synced }) => synced);
}

function formatMemory(results: readonly Measured[]): string[] {
  const names = [...new Set(results.flatMap(({ memory = {} }) => Object.keys(memory)))].sort();
  if (names.length === 0) return [];
  const rows = results.map(({ count, memory = {} }) => [
    String(count),
    ...names.map((name) => (memory[name] === undefined ? '-' : `${memory[name]} MiB`)),
  ]);
  return ['', formatTable(['applications', ...names], rows)];
}
