import type { Fault } from '../fault.ts';
import { REQUEST_KINDS, type RequestKind } from '../load/request.ts';
import type { JudgedOutcome } from '../outcome.ts';

/** All runs of a fault. */
export interface FaultRuns {
  readonly fault: Pick<Fault, 'name' | 'title' | 'expected' | 'musts'>;
  readonly runs: readonly JudgedOutcome[];
  readonly skipped?: Skipped;
}

/** Why a fault was not run, or not as often as planned. */
export interface Skipped {
  /** `unfit`: this cluster can't have it; `broken`: the cluster was not whole before; `interrupted`: by Ctrl-C. */
  readonly why: 'unfit' | 'broken' | 'interrupted';
  readonly text: string;
}

/** Seconds; `never` where it was not served again as long as it was watched, `-` where nothing was measured. */
export type Seconds = number | 'never' | '-';

/** The worst of all runs of a fault. */
export interface Summary {
  readonly name: string;
  readonly title: string;
  readonly expected: string;
  /** `unfit`: this cluster can't have the fault. */
  readonly verdict: 'passed' | 'failed' | 'not run' | 'unfit';
  readonly runs: number;
  readonly passedRuns: number;
  /** The slowest, from an injection until it was served again. */
  readonly servedAgain: Readonly<Record<RequestKind, Seconds>>;
  /** The slowest, from the end of what was injected. */
  readonly servedAfterHealing: Readonly<Record<RequestKind, Seconds>>;
  /** The slowest, until the cluster was whole. */
  readonly wholeAfter: Seconds;
  /** The most of one run. */
  readonly sent: Readonly<Record<RequestKind, number>>;
  readonly failed: Readonly<Record<RequestKind, number>>;
  /** Failures by their names, of all runs. */
  readonly failures: Readonly<Record<string, number>>;
  /** Of all runs. */
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicated: number;
  /** The slowest alert; `undefined` where none has to fire, or nothing is measured. */
  readonly alert?: { readonly name: string; readonly after: Seconds };
  readonly violations: readonly string[];
  readonly notes: readonly string[];
}

/** @returns the worst figures of all runs of a fault */
export function summarize({ fault, runs, skipped }: FaultRuns): Summary {
  const { name, title, expected } = fault;
  const passedRuns = runs.filter(({ violations }) => violations.length === 0).length;
  const byKind = <T>(pick: (kind: RequestKind) => T) =>
    Object.fromEntries(REQUEST_KINDS.map((kind) => [kind, pick(kind)])) as Record<RequestKind, T>;
  const accounts = runs.flatMap(({ movies, orders }) => [movies, orders].filter((one) => one !== undefined));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    name,
    title,
    expected,
    verdict: judge(runs.length, passedRuns, skipped),
    runs: runs.length,
    passedRuns,
    servedAgain: byKind((kind) =>
      slowest(
        runs.flatMap(({ injections }) =>
          injections.map(({ figures }) => figures[kind].servedAgainSeconds ?? 'never'),
        ),
      ),
    ),
    servedAfterHealing: byKind((kind) =>
      slowest(
        runs.map(({ afterHealing }) =>
          afterHealing ? (afterHealing[kind].servedAgainSeconds ?? 'never') : '-',
        ),
      ),
    ),
    wholeAfter: slowest(runs.map(({ wholeAfterSeconds }) => wholeAfterSeconds ?? 'never')),
    sent: byKind((kind) => Math.max(0, ...runs.map(({ total }) => total[kind].sent))),
    failed: byKind((kind) => Math.max(0, ...runs.map(({ total }) => total[kind].failed))),
    failures: countFailures(runs),
    acknowledged: sum(accounts.map((account) => account.acknowledged)),
    lost: sum(accounts.map(({ lost }) => lost.length)),
    duplicated: sum(accounts.map(({ duplicated }) => duplicated.length)),
    ...summarizeAlert(runs),
    violations: [...new Set([...runs.flatMap((run) => run.violations), ...(skipped ? [skipped.text] : [])])],
    notes: [...new Set(runs.flatMap(({ notes }) => notes))],
  };
}

function summarizeAlert(runs: readonly JudgedOutcome[]): Pick<Summary, 'alert'> {
  const alerts = runs.flatMap(({ alert }) => alert ?? []);
  const [first] = alerts;
  return first
    ? { alert: { name: first.name, after: slowest(alerts.map(({ seconds }) => seconds ?? 'never')) } }
    : {};
}

/** A cluster that does not become whole failed, whatever it served. */
function judge(runs: number, passedRuns: number, skipped: Skipped | undefined): Summary['verdict'] {
  if (runs === 0) return skipped?.why === 'unfit' ? 'unfit' : 'not run';
  return passedRuns === runs && skipped?.why !== 'broken' ? 'passed' : 'failed';
}

function slowest(values: readonly Seconds[]): Seconds {
  if (values.includes('never')) return 'never';
  const numbers = values.filter((value) => typeof value === 'number');
  return numbers.length === 0 ? '-' : Math.max(...numbers);
}

function countFailures(runs: readonly JudgedOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { total } of runs)
    for (const kind of REQUEST_KINDS)
      for (const [failure, count] of Object.entries(total[kind].failures)) {
        const name = `${kind} ${failure}`;
        counts[name] = (counts[name] ?? 0) + count;
      }
  return counts;
}
