import type { V1Pod } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import type { ClusterState } from './cluster-state.ts';

/** Set by the kubelet on pods that it was given by a file, which nobody can evict. */
const MIRROR = 'kubernetes.io/config.mirror';

/** The pods that have to leave a node when it is drained: all but DaemonSets' and the node's own. */
export function evictablePods({ pods }: Pick<ClusterState, 'pods'>, nodeName: string): V1Pod[] {
  return pods.filter(
    ({ metadata, spec }) =>
      spec?.nodeName === nodeName &&
      !metadata?.annotations?.[MIRROR] &&
      !metadata?.ownerReferences?.some(({ kind, controller }) => controller && kind === 'DaemonSet'),
  );
}

/** Of these pods, those that nothing would make anew elsewhere. */
export function unmanagedPods(pods: readonly V1Pod[]): V1Pod[] {
  return pods.filter(
    ({ metadata, status }) =>
      !metadata?.ownerReferences?.some(({ controller }) => controller) &&
      status?.phase !== 'Succeeded' &&
      status?.phase !== 'Failed',
  );
}

/** The name of a pod, or another object, for people: `movies/inventory-db-0`. */
export function nameOf({ metadata }: ManagedObject): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}
