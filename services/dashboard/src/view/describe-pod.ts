import { componentOf, keyOf } from '../cluster/cluster-objects.ts';
import type { Usage } from '../cluster/cluster-source.ts';
import type { ContainerStatus, PodObject } from '../cluster/objects.ts';
import type { PodView, Tone } from './view.ts';

/** Reasons to wait that don't go away by waiting. */
const badReasons =
  /BackOff|ErrImage|InvalidImage|CreateContainer|ErrImageNeverPull|RunContainerError|StartError/;

/** How a pod is, as `kubectl get pods` has it. */
export function describePod(pod: PodObject, usages: ReadonlyMap<string, Usage>): PodView {
  const { metadata, spec } = pod;
  const statuses = pod.status?.containerStatuses ?? [];
  const usage = usages.get(keyOf(metadata));
  const lastRestart = statuses.map(describeLastRestart).find((one) => one !== undefined);
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    component: componentOf(metadata),
    tone: toneOf(pod),
    status: statusOf(pod),
    ready: `${statuses.filter(({ ready }) => ready).length}/${spec?.containers.length ?? 0}`,
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    ...(lastRestart === undefined ? {} : { lastRestart }),
    createdMs: Date.parse(metadata.creationTimestamp ?? '') || 0,
    node: spec?.nodeName ?? '',
    images: (spec?.containers ?? []).map(({ image = '' }) => image.split('/').at(-1) ?? image),
    ...(usage === undefined ? {} : { cpu: usage.cpu, memoryBytes: usage.memoryBytes }),
  };
}

/** Why a pod won't get ready by itself; undefined where nothing says so. */
export function problemOf(pod: PodObject): string | undefined {
  const { status } = pod;
  if (status?.phase === 'Failed') return status.reason ?? 'Failed';
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = containers
    .map(({ state }) => state?.waiting)
    .find(({ reason = '' } = {}) => badReasons.test(reason));
  if (waiting) return waiting.message ? `${waiting.reason}: ${waiting.message}` : waiting.reason;
  const unscheduled = status?.conditions?.find(
    ({ type, status: value, reason }) =>
      type === 'PodScheduled' && value === 'False' && reason === 'Unschedulable',
  );
  return unscheduled ? `Unschedulable: ${unscheduled.message ?? ''}` : undefined;
}

/** Whether a pod has run to its end, as those of jobs do. */
export function isFinished({ status }: PodObject): boolean {
  return status?.phase === 'Succeeded';
}

function statusOf(pod: PodObject): string {
  const { metadata, status } = pod;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (status?.reason) return status.reason;
  const waiting = (status?.containerStatuses ?? []).map(({ state }) => state?.waiting?.reason).find(Boolean);
  if (waiting) return waiting;
  if (status?.phase === 'Running' && !areAllReady(pod)) return 'Not ready';
  return status?.phase ?? 'Unknown';
}

function toneOf(pod: PodObject): Tone {
  if (problemOf(pod) !== undefined) return 'bad';
  if (isFinished(pod)) return 'good';
  if (pod.metadata.deletionTimestamp !== undefined) return 'busy';
  return areAllReady(pod) ? 'good' : 'busy';
}

function areAllReady({ status }: PodObject): boolean {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

function describeLastRestart({ restartCount, lastState }: ContainerStatus): string | undefined {
  const last = lastState?.terminated;
  if (restartCount === 0 || !last) return undefined;
  return `${last.reason ?? 'ended'} (exit code ${last.exitCode ?? '?'})`;
}
