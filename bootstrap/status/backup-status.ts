import { BACKUP_CRON_JOB, CRON_JOB } from '../backup/backup-pod.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import { COMPONENTS_NAMESPACE } from '../settings/namespaces.ts';

/** How old the newest scheduled backup may be: an annotation of the CronJob, beside its schedule. */
const MAX_AGE_ANNOTATION = 'orchestrator/backup-max-age-hours';
const HOUR_MS = 3_600_000;

/** The scheduled backups of a cluster. */
export interface BackupStatus {
  /** When the newest was done, as ISO 8601; `undefined` where there is none. */
  readonly lastSuccess?: string;
  /** What is wrong with them, if anything is. */
  readonly problem?: string;
}

/** Looks at the schedule of backups; `undefined` where the cluster has none. */
export async function readBackupStatus(
  kubernetes: KubernetesClient,
  now: Date,
): Promise<BackupStatus | undefined> {
  const cronJob = await kubernetes.read(CRON_JOB, BACKUP_CRON_JOB, COMPONENTS_NAMESPACE);
  return cronJob && judgeSchedule(cronJob, now);
}

/** What a CronJob of backups tells of them at a moment. */
export function judgeSchedule(cronJob: ManagedObject, now: Date): BackupStatus {
  const { lastSuccessfulTime } = (cronJob.status ?? {}) as { lastSuccessfulTime?: Date | string };
  const { annotations = {}, creationTimestamp } = cronJob.metadata ?? {};
  const maxAgeHours = Number(annotations[MAX_AGE_ANNOTATION] ?? Number.POSITIVE_INFINITY);
  const since = lastSuccessfulTime ?? creationTimestamp ?? now;
  const ageHours = (now.getTime() - new Date(since).getTime()) / HOUR_MS;
  const last = lastSuccessfulTime ? { lastSuccess: new Date(lastSuccessfulTime).toISOString() } : {};
  if ((cronJob.spec as { suspend?: boolean } | undefined)?.suspend)
    return { ...last, problem: 'the schedule is suspended' };
  if (ageHours <= maxAgeHours) return last;
  const what = lastSuccessfulTime ? 'the newest scheduled backup is' : 'there is no scheduled backup after';
  const old = lastSuccessfulTime ? ' old' : '';
  const why = `kubectl --namespace ${COMPONENTS_NAMESPACE} get jobs,pods --selector app.kubernetes.io/name=backup`;
  return { ...last, problem: `${what} ${Math.floor(ageHours)} hours${old}; see why: ${why}` };
}
