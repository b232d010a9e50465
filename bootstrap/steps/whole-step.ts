import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Step } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import { DEPLOYMENT, isRolledOut, STATEFUL_SET } from '../lib/workloads.ts';
import { type ClusterState, readClusterState } from '../nodes/cluster-state.ts';
import { findPatroniSync } from '../nodes/data-loss.ts';
import {
  ADDONS_NAMESPACE,
  ARGO_CD_NAMESPACE,
  COMPONENTS_NAMESPACE,
  GIT_NAMESPACE,
  OBSERVABILITY_NAMESPACE,
} from '../settings/namespaces.ts';

const TIMEOUT_MS = 300_000;
const INTERVAL_MS = 1000;

/** What a person has put elsewhere may be broken for reasons of its own. */
const NAMESPACES = [
  COMPONENTS_NAMESPACE,
  GIT_NAMESPACE,
  OBSERVABILITY_NAMESPACE,
  ADDONS_NAMESPACE,
  ARGO_CD_NAMESPACE,
  'kube-system',
];

/**
 * Waits until every Deployment and StatefulSet of this project has all its replicas, and every database a
 * synchronous standby again if it is to have one.
 */
export function wholeStep(kubernetes: () => Promise<KubernetesClient>): Step {
  return {
    title: 'Wait until all is whole again',
    run: async (report) => {
      const client = await kubernetes();
      await waitFor({
        description: 'every Deployment and StatefulSet to have all its replicas',
        timeoutMs: TIMEOUT_MS,
        intervalMs: INTERVAL_MS,
        remedy: 'See why: kubectl get pods,events --all-namespaces.',
        probe: async () => {
          const workloads = [...(await client.list(DEPLOYMENT)), ...(await client.list(STATEFUL_SET))];
          const waiting = workloads
            .filter((one) => NAMESPACES.includes(one.metadata?.namespace ?? '') && !isRolledOut(one))
            .map((one) => `${one.metadata?.namespace}/${one.metadata?.name}`);
          waiting.push(...withoutStandby(await readClusterState(client)));
          if (waiting.length === 0) return true;
          report(waiting.join(', '));
          return undefined;
        },
      });
    },
  };
}

function withoutStandby(state: ClusterState): string[] {
  return state.statefulSets.flatMap((set) => {
    const sync = findPatroniSync(state, set);
    const isAlone = sync !== undefined && sync.length < 2 && (set.spec?.replicas ?? 1) > 1;
    return isAlone ? [`the standby of ${set.metadata?.name}`] : [];
  });
}
