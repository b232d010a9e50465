import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { readAlerts } from '../../../bootstrap/observability/read-alerts.ts';
import { OBSERVABILITY_NAMESPACE } from '../../../bootstrap/settings/namespaces.ts';
import type { FaultCluster } from '../cluster/fault-cluster.ts';
import { waitUntil } from '../cluster/wait-until.ts';

/** What became of the alert that a fault is to make fire. */
export interface AlertOutcome {
  readonly name: string;
  /** From the first injection until it fired; `undefined` where it didn't. */
  readonly seconds?: number;
}

const PROMETHEUS = { namespace: OBSERVABILITY_NAMESPACE, service: 'prometheus', port: 9090 } as const;
/** Prometheus may have been away as well, and some alerts look back. */
const TIMEOUT_MS = 60_000;
const INTERVAL_MS = 2000;
/** The longest that an alert goes on about what is over: NothingWatched looks back five minutes. */
const SILENCE_TIMEOUT_MS = 400_000;

const answer = z.object({
  data: z.object({
    result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })),
  }),
});

/**
 * Finds out when an alert fired, by what Prometheus has written down of it: also if nobody could ask at that time.
 * One that fired before the injection, and still does, is none of this fault.
 *
 * @param sinceMs the moment of the first injection, in milliseconds since 1970
 */
export async function findAlert(cluster: FaultCluster, name: string, sinceMs: number): Promise<AlertOutcome> {
  const { signal } = cluster.context;
  const deadlineMs = Date.now() + TIMEOUT_MS;
  for (;;) {
    const seconds = await askWhen(cluster, name, sinceMs).catch(() => undefined);
    if (seconds !== undefined) return { name, seconds };
    if (Date.now() > deadlineMs) return { name };
    await pause(INTERVAL_MS, undefined, { signal });
  }
}

/**
 * Waits until an alert doesn't fire, so that it can be seen to begin.
 *
 * @throws Error when it goes on for longer than what is over can make it
 */
export async function untilSilent(cluster: FaultCluster, name: string): Promise<void> {
  const wait = { description: `silence of ${name}`, timeoutMs: SILENCE_TIMEOUT_MS, intervalMs: INTERVAL_MS };
  await waitUntil({ ...wait, signal: cluster.context.signal }, async () => {
    const alerts = await readAlerts((path) => cluster.kubernetes.getFromService(PROMETHEUS, path));
    return alerts.filter((alert) => alert.name === name).map(({ summary }) => summary);
  });
}

async function askWhen(
  { kubernetes }: FaultCluster,
  name: string,
  sinceMs: number,
): Promise<number | undefined> {
  const start = Math.floor(sinceMs / 1000);
  const query = new URLSearchParams({
    query: `timestamp(ALERTS{alertname="${name}",alertstate="firing"})`,
    start: `${start}`,
    end: `${Math.ceil(Date.now() / 1000)}`,
    step: '1',
  });
  const { body } = await kubernetes.getFromService(PROMETHEUS, `/api/v1/query_range?${query}`);
  const { data } = answer.parse(JSON.parse(body));
  // What is older than the injection was true before it.
  const firsts = data.result
    .map(({ values }) => Math.min(...values.map(([, at]) => Number(at))))
    .filter((at) => at >= start);
  return firsts.length === 0 ? undefined : Math.max(0, Math.min(...firsts) - sinceMs / 1000);
}
