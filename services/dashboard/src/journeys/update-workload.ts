import type { ClusterObjects } from '../cluster/cluster-objects.ts';
import type { PodObject } from '../cluster/objects.ts';
import { problemOf } from '../view/describe-pod.ts';
import { listPullMessages } from './pull-messages.ts';
import type { Rollout } from './rollout.ts';
import type { ChangedWorkload, Travel } from './travel.ts';

/** Writes into a commit's way what a workload that it concerns is now. */
export function updateWorkload(
  travel: Travel,
  rollout: Rollout,
  objects: ClusterObjects,
  nowMs: number,
): void {
  const { key, template, isSettled } = rollout;
  const known = travel.workloads.get(key);
  // Without new pods the workload is none of this commit's.
  if (!isSettled || travel.templatesBefore.get(key) === template) return;
  // A template that another commit brought.
  if (known && known.template !== template) return;
  const workload = known ?? createWorkload(rollout);
  travel.workloads.set(key, workload);
  workload.podUids = new Set(rollout.pods.map(({ metadata }) => metadata.uid ?? ''));
  workload.readyPods = rollout.readyPods;
  workload.wantedPods = rollout.wantedPods;
  const now = { atMs: nowMs, isExact: true };
  const image = workload.image ?? findImage(rollout.pods, objects, now);
  if (image) workload.image = image;
  if (rollout.isComplete) workload.ready ??= now;
  const problem = workload.ready ? undefined : rollout.pods.map(problemOf).find((one) => one !== undefined);
  if (problem === undefined) delete workload.problem;
  else workload.problem = problem;
}

function createWorkload({ name, template }: Rollout): ChangedWorkload {
  return { name, template, podUids: new Set(), readyPods: 0, wantedPods: 0 };
}

/** The moment in which a node was seen to have all images of one of the pods. */
function findImage(
  pods: readonly PodObject[],
  objects: ClusterObjects,
  now: { atMs: number; isExact: boolean },
): ChangedWorkload['image'] {
  for (const pod of pods) {
    const started = (pod.status?.containerStatuses ?? []).filter(
      ({ state, restartCount }) =>
        state?.running !== undefined || state?.terminated !== undefined || restartCount > 0,
    );
    const messages = listPullMessages(objects, pod);
    const wanted = pod.spec?.containers.length ?? 0;
    if (wanted === 0 || (messages.length < wanted && started.length < wanted)) continue;
    return { ...now, detail: messages.at(-1) ?? 'on the node' };
  }
  return undefined;
}
