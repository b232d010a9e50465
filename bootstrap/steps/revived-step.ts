import type { KubernetesClient } from '../lib/kubernetes.ts';
import { hasCondition, type ManagedObject } from '../lib/managed-object.ts';
import type { Step } from '../lib/progress.ts';
import { POD } from '../lib/resource-kinds.ts';

const TIMEOUT_MS = 240_000;

interface PodStatus {
  readonly phase?: string;
  readonly containerStatuses?: readonly {
    readonly state?: { readonly running?: { readonly startedAt?: string } };
  }[];
}

/** Machines that were started now, so that what is known of their pods may date from before. */
export interface StartedMachines {
  readonly names: ReadonlySet<string>;
  /** When, in milliseconds since 1970; clocks of machines may be a little off. */
  readonly atMs: number;
}

/**
 * Waits until every pod on the machines that were started has been started again and is ready. Until the
 * kubelets have looked, the API server tells what was true before the machines stopped.
 */
export function revivedStep(
  kubernetes: () => Promise<KubernetesClient>,
  findStarted: () => StartedMachines,
): Step {
  return {
    title: 'Wait for the pods',
    run: async (report) => {
      const started = findStarted();
      await (await kubernetes()).waitUntil({
        resource: POD,
        description: 'every pod to run again',
        timeoutMs: TIMEOUT_MS,
        remedy: 'See why: kubectl get pods --all-namespaces.',
        missing: (pods) => {
          const waiting = pods.filter((pod) => isExpected(pod) && !isRevived(pod, started));
          return waiting.length === 0 ? undefined : waiting.map((pod) => pod.metadata?.name).join(', ');
        },
        onChange: report,
      });
    },
  };
}

function statusOf(pod: ManagedObject): PodStatus {
  return (pod.status ?? {}) as PodStatus;
}

/** Whether a pod should run: not one that has done its work or is going. */
function isExpected(pod: ManagedObject): boolean {
  const { phase } = statusOf(pod);
  return !pod.metadata?.deletionTimestamp && phase !== 'Succeeded' && phase !== 'Failed';
}

function isRevived(pod: ManagedObject, started: StartedMachines): boolean {
  if (!hasCondition(pod, 'Ready')) return false;
  const { nodeName } = (pod.spec ?? {}) as { nodeName?: string };
  if (!started.names.has(nodeName ?? '')) return true;
  const starts = statusOf(pod).containerStatuses?.map((one) =>
    Date.parse(one.state?.running?.startedAt ?? ''),
  );
  return starts?.every((startedAtMs) => startedAtMs >= started.atMs) ?? false;
}
