import { setTimeout as pause } from 'node:timers/promises';
import { describeError, UserError } from '../lib/errors.ts';
import type { LogQuestion } from './log-query.ts';
import { type AskLoki, keyOf, type LogLine, readLogs } from './read-logs.ts';

/** How logs are followed. */
export interface FollowOptions {
  /** Where to begin, in nanoseconds since 1970. */
  readonly fromNs: bigint;
  /** Ends the following, without an error. */
  readonly signal: AbortSignal;
  /** Told when Loki can't be asked any more, and when it can again. */
  readonly report: (text: string) => void;
  /** How often Loki is asked, at most; every second unless told. */
  readonly intervalMs?: number;
  /** How long Loki may be away; five minutes unless told. */
  readonly patienceMs?: number;
}

const INTERVAL_MS = 1000;
const PATIENCE_MS = 300_000;
/** A question that takes long is asked less often: at most this part of the time, Loki works for who follows. */
const LOAD = 1 / 5;
/** How much later than younger ones a line may come: collectors try again every ten seconds while Loki is away. */
const LATE_NS = 30_000_000_000n;
/** Clocks of machines differ: a line may be of a moment that is still to come. */
const AHEAD_NS = 60_000_000_000n;

/**
 * The lines since a moment, each once and about in order, and then those that come, until the signal. What is asked for
 * is always a bit more than what is new: lines come late. (Loki's own way to follow, `/loki/api/v1/tail`, leaves out
 * lines when there are many, and is cut off every hour:
 * https://grafana.com/docs/loki/latest/reference/loki-http-api/#stream-logs.)
 *
 * @throws UserError when Loki refuses the question, or is away for too long; any error of the first question
 */
export async function* followLogs(
  ask: AskLoki,
  question: LogQuestion,
  { fromNs, signal, report, intervalMs = INTERVAL_MS, patienceMs = PATIENCE_MS }: FollowOptions,
): AsyncGenerator<LogLine> {
  const seen = new SeenLines(fromNs);
  const patience = createPatience(patienceMs, report);
  while (!signal.aborted) {
    const startedAtMs = performance.now();
    try {
      const toNs = BigInt(Date.now()) * 1_000_000n + AHEAD_NS;
      for await (const line of readLogs(ask, question, { fromNs: seen.startNs, toNs })) {
        if (signal.aborted) return;
        if (seen.add(line)) yield line;
      }
      patience.regain();
    } catch (error) {
      if (signal.aborted) return;
      patience.lose(error);
    }
    const tookMs = performance.now() - startedAtMs;
    // The signal ends the pause, which is no error here.
    await pause(Math.max(intervalMs, tookMs / LOAD), undefined, { signal }).catch(() => undefined);
  }
}

/** Lines that have been told, as long as they may be read again. */
class SeenLines {
  private readonly momentOf = new Map<string, bigint>();
  private readonly fromNs: bigint;
  private newestNs: bigint | undefined;

  constructor(fromNs: bigint) {
    this.fromNs = fromNs;
  }

  /** Where to read on. */
  get startNs(): bigint {
    const { fromNs, newestNs = fromNs } = this;
    return newestNs - LATE_NS > fromNs ? newestNs - LATE_NS : fromNs;
  }

  /** @returns whether the line is new */
  add(line: LogLine): boolean {
    const key = keyOf(line);
    if (this.momentOf.has(key)) return false;
    this.momentOf.set(key, line.atNs);
    if (this.newestNs === undefined || line.atNs > this.newestNs) this.newestNs = line.atNs;
    // They are about in order: what is too old to be read again stands in front.
    for (const [oldest, atNs] of this.momentOf) {
      if (atNs >= this.startNs) break;
      this.momentOf.delete(oldest);
    }
    return true;
  }
}

/** Bears failures of what has worked once, for a while; says when they begin and end. */
function createPatience(patienceMs: number, report: (text: string) => void) {
  let hasWorked = false;
  let lostAtMs: number | undefined;
  return {
    regain() {
      if (lostAtMs !== undefined) report('Loki answers again.');
      hasWorked = true;
      lostAtMs = undefined;
    },
    lose(error: unknown) {
      if (!hasWorked) throw error;
      if (lostAtMs === undefined) report(`Loki does not answer (${describeError(error)}); asking on …`);
      lostAtMs ??= performance.now();
      if (performance.now() - lostAtMs < patienceMs) return;
      throw new UserError(
        `Loki has not answered for ${Math.round(patienceMs / 1000)} s: ${describeError(error)}`,
        'See how it is: kubectl --namespace observability get pods; what runs now can be read with kubectl logs.',
        { cause: error },
      );
    },
  };
}
