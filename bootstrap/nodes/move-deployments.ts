import type { KubernetesClient, V1Deployment, V1Pod } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import type { Report } from '../lib/progress.ts';
import { POD } from '../lib/resource-kinds.ts';
import { DeadlineError } from '../lib/watch-until.ts';
import { DEPLOYMENT, isRolledOut } from '../lib/workloads.ts';
import { evictablePods, nameOf } from './evictable-pods.ts';

/** What `kubectl rollout restart` sets. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/**
 * Of these Deployments, those that would be without a pod if a node's were evicted, and that can begin new pods
 * before they end the old ones.
 */
export function onlyThere(
  deployments: readonly V1Deployment[],
  pods: readonly V1Pod[],
  nodeName: string,
): V1Deployment[] {
  return deployments.filter((deployment) => {
    if (deployment.spec?.strategy?.type !== 'RollingUpdate') return false;
    const own = pods.filter((pod) => isOwn(deployment, pod));
    return own.length > 0 && evictablePods({ pods: own }, nodeName).length === own.length;
  });
}

/**
 * Moves the Deployments that run on a cordoned node alone: an eviction ends a pod before the one that takes its
 * place is ready, a rollout the other way round. One that does not get ready in time is left to the eviction.
 */
export async function moveDeployments(
  client: KubernetesClient,
  nodeName: string,
  timeoutMs: number,
  report: Report,
): Promise<void> {
  const [deployments, pods] = [await client.list<V1Deployment>(DEPLOYMENT), await client.list<V1Pod>(POD)];
  const moving = onlyThere(deployments, pods, nodeName);
  if (moving.length === 0) return;
  const annotations = { [RESTARTED_AT]: new Date().toISOString() };
  for (const { metadata } of moving) {
    const fields = { spec: { template: { metadata: { annotations } } } };
    await client.merge(DEPLOYMENT, metadata?.name ?? '', metadata?.namespace, fields);
  }
  const isMoving = (one: ManagedObject) => moving.some(({ metadata }) => metadata?.uid === one.metadata?.uid);
  const wait = client.waitUntil({
    resource: DEPLOYMENT,
    description: `${moving.map(nameOf).join(', ')} to run elsewhere`,
    timeoutMs,
    remedy: 'See why: kubectl get pods --all-namespaces.',
    missing: (all) => {
      const left = all.filter((one) => isMoving(one) && !isRolledOut(one));
      return left.length === 0 ? undefined : `moving ${left.map(nameOf).join(', ')}`;
    },
    onChange: report,
  });
  await wait.catch((error: unknown) => {
    if (!(error instanceof DeadlineError)) throw error;
    report(error.message);
  });
}

function isOwn({ metadata, spec }: V1Deployment, pod: V1Pod): boolean {
  const wanted = Object.entries(spec?.selector.matchLabels ?? {});
  const { namespace, labels = {}, deletionTimestamp } = pod.metadata ?? {};
  const isEnded = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' || deletionTimestamp;
  return (
    !isEnded && namespace === metadata?.namespace && wanted.every(([name, value]) => labels[name] === value)
  );
}
