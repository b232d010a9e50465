import { REQUEST_KINDS, type RequestKind, type SentRequest } from './request.ts';

/** An answer that takes longer is counted as an interruption of service, although it is no failure. */
export const SLOW_MS = 5000;

/** What became of the requests of one kind that began in a period. */
export interface KindFigures {
  readonly sent: number;
  readonly failed: number;
  /** How often each failure was seen, by its name. */
  readonly failures: Readonly<Record<string, number>>;
  /**
   * Seconds from the period's begin until the system served again: until the end of the first answer whose request
   * began after the last one that failed or took more than five seconds. 0 when there was none such, `undefined` when
   * nothing was answered after it.
   */
  readonly servedAgainSeconds: number | undefined;
  readonly slowestMs: number;
}

/** The figures of each kind. */
export type Figures = Readonly<Record<RequestKind, KindFigures>>;

/** A period on the clock of `performance.now()`. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** @returns the figures of the requests that began in a period */
export function measure(requests: readonly SentRequest[], { fromMs, toMs }: Period): Figures {
  const inside = requests.filter(({ startedMs }) => startedMs >= fromMs && startedMs < toMs);
  const entries = REQUEST_KINDS.map((kind) => [
    kind,
    measureKind(
      inside.filter((one) => one.kind === kind),
      fromMs,
    ),
  ]);
  return Object.fromEntries(entries) as Figures;
}

function measureKind(requests: readonly SentRequest[], fromMs: number): KindFigures {
  const sorted = requests.toSorted((one, other) => one.startedMs - other.startedMs);
  const failures: Record<string, number> = {};
  for (const { failure } of sorted) if (failure) failures[failure] = (failures[failure] ?? 0) + 1;
  return {
    sent: sorted.length,
    failed: sorted.filter(({ failure }) => failure !== undefined).length,
    failures,
    servedAgainSeconds: findServedAgain(sorted, fromMs),
    slowestMs: Math.max(0, ...sorted.map(({ startedMs, endedMs }) => endedMs - startedMs)),
  };
}

function findServedAgain(sorted: readonly SentRequest[], fromMs: number): number | undefined {
  if (sorted.length === 0) return undefined;
  const lastBad = sorted.findLastIndex(isBad);
  if (lastBad < 0) return 0;
  const ends = sorted.slice(lastBad + 1).map(({ endedMs }) => endedMs);
  return ends.length === 0 ? undefined : (Math.min(...ends) - fromMs) / 1000;
}

function isBad({ failure, startedMs, endedMs }: SentRequest): boolean {
  return failure !== undefined || endedMs - startedMs > SLOW_MS;
}

/** Whether every kind was answered, and none failed or was slow, in the time before a moment. */
export function isServedSteadily(requests: readonly SentRequest[], { fromMs, toMs }: Period): boolean {
  const ended = requests.filter(({ endedMs }) => endedMs >= fromMs && endedMs <= toMs);
  return REQUEST_KINDS.every((kind) => ended.some((one) => one.kind === kind)) && !ended.some(isBad);
}
