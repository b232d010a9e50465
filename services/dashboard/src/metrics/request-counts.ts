import type { RequestFigures } from '../view/view.ts';
import type { MetricSample } from './parse-exposition.ts';

const durations = 'http_request_duration_seconds';

/** Probes, and answers that end when the reader leaves: no requests in the sense of the figures. */
const leftOutRoutes = new Set(['/health', '/ready', '/api/events', '/api/logs']);

/** The requests that a process has answered since it began. */
export interface RequestCounts {
  readonly total: number;
  /** Answered with 5xx. */
  readonly errors: number;
  /** How many took at most so many seconds, by those seconds. */
  readonly buckets: ReadonlyMap<number, number>;
}

/** Counts what a process says of its requests. */
export function countRequests(samples: readonly MetricSample[]): RequestCounts {
  const counts = { total: 0, errors: 0, buckets: new Map<number, number>() };
  for (const { name, labels, value } of samples) {
    if (leftOutRoutes.has(labels.route ?? '')) continue;
    if (name === `${durations}_count`) {
      counts.total += value;
      if (labels.status?.startsWith('5')) counts.errors += value;
    } else if (name === `${durations}_bucket`) {
      const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
      counts.buckets.set(bound, (counts.buckets.get(bound) ?? 0) + value);
    }
  }
  return counts;
}

/** How many requests were answered as clients want it: with neither 4xx nor 5xx. */
export function countGoodAnswers(samples: readonly MetricSample[]): number {
  return samples
    .filter(({ name, labels }) => name === `${durations}_count` && !leftOutRoutes.has(labels.route ?? ''))
    .filter(({ labels }) => /^[23]/.test(labels.status ?? ''))
    .reduce((sum, { value }) => sum + value, 0);
}

/** What was counted between two looks. A process that began anew in between has counted from nothing. */
export function subtractCounts(now: RequestCounts, before: RequestCounts | undefined): RequestCounts {
  if (before === undefined || now.total < before.total) return now;
  const buckets = [...now.buckets].map(
    ([bound, count]) => [bound, count - (before.buckets.get(bound) ?? 0)] as const,
  );
  return { total: now.total - before.total, errors: now.errors - before.errors, buckets: new Map(buckets) };
}

/** Adds what several processes counted over the same time up, a second. */
export function toFigures(counts: readonly RequestCounts[], seconds: number): RequestFigures {
  const buckets = new Map<number, number>();
  for (const one of counts) {
    for (const [bound, count] of one.buckets) buckets.set(bound, (buckets.get(bound) ?? 0) + count);
  }
  const sum = (field: 'total' | 'errors') => counts.reduce((total, one) => total + one[field], 0);
  const p99 = quantile(buckets, 0.99);
  return {
    requestsPerSecond: sum('total') / seconds,
    errorsPerSecond: sum('errors') / seconds,
    ...(p99 === undefined ? {} : { p99Ms: p99 * 1000 }),
  };
}

/**
 * Estimates a quantile from a histogram, evenly spread within a bucket, as Prometheus' histogram_quantile does.
 * @returns undefined where nothing was counted
 * Source: https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 */
export function quantile(buckets: ReadonlyMap<number, number>, portion: number): number | undefined {
  const sorted = [...buckets].sort(([one], [other]) => one - other);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total <= 0) return undefined;
  const rank = portion * total;
  let lower = { bound: 0, count: 0 };
  for (const [bound, count] of sorted) {
    if (count >= rank) {
      if (bound === Number.POSITIVE_INFINITY) return lower.bound;
      const share = count === lower.count ? 1 : (rank - lower.count) / (count - lower.count);
      return lower.bound + (bound - lower.bound) * share;
    }
    lower = { bound, count };
  }
  return lower.bound;
}
