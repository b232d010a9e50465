import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import type { Report } from '../lib/progress.ts';
import { POD } from '../lib/resource-kinds.ts';
import type { Context } from '../settings/context.ts';
import { COMPONENTS_NAMESPACE } from '../settings/namespaces.ts';
import { type PodFailure, readPodLine } from './pod-log.ts';

export const CRON_JOB = { apiVersion: 'batch/v1', kind: 'CronJob', plural: 'cronjobs' } as const;
/** The CronJob of scheduled backups, whose pods are the pattern of the one here. */
export const BACKUP_CRON_JOB = 'backup';
const JOB = { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' } as const;
const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'orchestrator.sh' };
const START_TIMEOUT_MS = 180_000;
const LIFETIME_SECONDS = 3 * 3600;
const VOLUME = 'backups';

/** One command of services/backup. */
export interface BackupCommand {
  readonly args: readonly string[];
  readonly input?: AsyncIterable<Buffer>;
  readonly output: Writable;
  readonly report: Report;
}

/** A pod of the image backup, in which commands are run. */
export interface BackupPod {
  /** @throws PodFailure with what the command said when it failed */
  run(command: BackupCommand): Promise<void>;
}

interface JobSpec {
  template: {
    metadata?: { labels?: Record<string, string> };
    spec: {
      containers: { name: string; args?: string[] }[];
      volumes?: ({ name: string } & Record<string, unknown>)[];
    };
  };
}

/**
 * Runs some work with a pod like those of the schedule, and removes it. What a killed run leaves ends by itself.
 *
 * @param needsVolume whether the pod has the volume of scheduled backups, and so has to be on its node
 */
export async function withBackupPod(
  context: Context,
  kubernetes: KubernetesClient,
  needsVolume: boolean,
  work: (pod: BackupPod) => Promise<void>,
): Promise<void> {
  const name = `backup-${randomBytes(4).toString('hex')}`;
  await kubernetes.create(await describeJob(kubernetes, name, needsVolume));
  try {
    const pod = await untilRunning(kubernetes, name);
    await work({ run: (command) => runCommand(context, kubernetes, pod, command) });
  } finally {
    await kubernetes.remove(JOB, name, COMPONENTS_NAMESPACE);
  }
}

async function runCommand(
  { log, signal }: Context,
  kubernetes: KubernetesClient,
  pod: string,
  { args, input, output, report }: BackupCommand,
): Promise<void> {
  let failure: PodFailure | undefined;
  const onErrorLine = (text: string) => {
    log.info(`backup: ${text}`);
    const line = readPodLine(text);
    if (line.failure) failure = line.failure;
    else report(line.message);
  };
  const exitCode = await kubernetes.exec({
    namespace: COMPONENTS_NAMESPACE,
    pod,
    container: 'backup',
    command: ['node', 'main.mjs', ...args],
    ...(input ? { input } : {}),
    output,
    onErrorLine,
    signal,
  });
  if (failure) throw failure;
  if (exitCode !== 0) throw new Error(`\`${args[0]}\` in the pod ${pod} ended with exit code ${exitCode}`);
}

async function describeJob(
  kubernetes: KubernetesClient,
  name: string,
  needsVolume: boolean,
): Promise<ManagedObject> {
  const cronJob = await kubernetes.read(CRON_JOB, BACKUP_CRON_JOB, COMPONENTS_NAMESPACE);
  if (!cronJob) {
    throw new UserError(
      'The cluster has no component `backup`, whose program makes backups.',
      'See ./orchestrator.sh status; bring the cluster up to date with ./orchestrator.sh create.',
    );
  }
  const { spec } = structuredClone(cronJob.spec as { jobTemplate: { spec: JobSpec } }).jobTemplate;
  const { metadata, spec: pod } = spec.template;
  for (const container of pod.containers) container.args = ['wait'];
  if (!needsVolume)
    pod.volumes = (pod.volumes ?? []).map((one) =>
      one.name === VOLUME ? { name: VOLUME, emptyDir: {} } : one,
    );
  const labels = { ...metadata?.labels, ...MANAGED_BY };
  return {
    apiVersion: JOB.apiVersion,
    kind: JOB.kind,
    metadata: { name, namespace: COMPONENTS_NAMESPACE, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: LIFETIME_SECONDS,
      ttlSecondsAfterFinished: 60,
      template: { metadata: { labels: { ...labels, 'job-name': name } }, spec: pod },
    },
  };
}

async function untilRunning(kubernetes: KubernetesClient, job: string): Promise<string> {
  let running: string | undefined;
  await kubernetes.waitUntil({
    resource: POD,
    namespace: COMPONENTS_NAMESPACE,
    description: `the pod of the job ${job} to run`,
    timeoutMs: START_TIMEOUT_MS,
    remedy: `See why: kubectl --namespace ${COMPONENTS_NAMESPACE} describe pods --selector job-name=${job}.`,
    missing: (pods) => {
      const pod = pods.find(({ metadata }) => metadata?.labels?.['job-name'] === job);
      const { phase } = (pod?.status ?? {}) as { phase?: string };
      if (phase === 'Running') running = pod?.metadata?.name;
      return running === undefined ? `it is ${phase ?? 'not there'}` : undefined;
    },
  });
  if (running === undefined) throw new Error('waitUntil resolved without a pod that runs');
  return running;
}
