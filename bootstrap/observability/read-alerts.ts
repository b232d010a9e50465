import { z } from 'zod';
import { UserError } from '../lib/errors.ts';
import type { ServiceAnswer } from '../lib/forwarded-request.ts';

/** Asks Prometheus for something; the path has the query. */
export type AskPrometheus = (path: string) => Promise<ServiceAnswer>;

/** How bad an alert is, worst first. */
const SEVERITIES = ['critical', 'warning', 'info'] as const;

/** An alert that fires. */
export interface FiringAlert {
  readonly name: string;
  readonly severity: (typeof SEVERITIES)[number];
  readonly summary: string;
  /** The file in the repository, and its chapter, that say what to do. */
  readonly runbook: string;
  readonly since: Date;
}

const answer = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        state: z.string(),
        activeAt: z.coerce.date(),
        labels: z.looseObject({ alertname: z.string(), severity: z.enum(SEVERITIES) }),
        annotations: z.looseObject({ summary: z.string(), runbook: z.string() }),
      }),
    ),
  }),
});

/**
 * The alerts that fire at this moment, worst first, of those the newest first
 * (https://prometheus.io/docs/prometheus/latest/querying/api/#alerts).
 *
 * @throws UserError when Prometheus doesn't answer
 */
export async function readAlerts(ask: AskPrometheus): Promise<FiringAlert[]> {
  const { status, body } = await ask('/api/v1/alerts');
  if (status !== 200)
    throw new UserError(
      `Prometheus can't be asked: it answers ${status}, ${body.trim().slice(0, 200)}`,
      'See how it is: kubectl --namespace observability get pods.',
    );
  return answer
    .parse(JSON.parse(body))
    .data.alerts.filter(({ state }) => state === 'firing')
    .map(({ labels, annotations, activeAt }) => ({
      name: labels.alertname,
      severity: labels.severity,
      summary: annotations.summary,
      runbook: annotations.runbook,
      since: activeAt,
    }))
    .sort(compare);
}

function compare(one: FiringAlert, other: FiringAlert): number {
  const bySeverity = SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity);
  return bySeverity || other.since.getTime() - one.since.getTime();
}
