import type {
  KubernetesClient,
  V1Endpoints,
  V1Node,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1StatefulSet,
} from '../lib/kubernetes.ts';
import { NODE, POD } from '../lib/resource-kinds.ts';
import { STATEFUL_SET } from '../lib/workloads.ts';

export const CLAIM = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
} as const;
export const VOLUME = { apiVersion: 'v1', kind: 'PersistentVolume', plural: 'persistentvolumes' } as const;
const ENDPOINTS = { apiVersion: 'v1', kind: 'Endpoints', plural: 'endpoints' } as const;

/** What there is in a cluster, as far as nodes and their data are concerned, at one moment. */
export interface ClusterState {
  readonly nodes: readonly V1Node[];
  readonly pods: readonly V1Pod[];
  readonly volumes: readonly V1PersistentVolume[];
  readonly claims: readonly V1PersistentVolumeClaim[];
  readonly statefulSets: readonly V1StatefulSet[];
  /** Patroni keeps what it knows of leader and synchronous standbys in annotations of these. */
  readonly endpoints: readonly V1Endpoints[];
}

/** Reads all of it from the API server. */
export async function readClusterState(client: KubernetesClient): Promise<ClusterState> {
  const [nodes, pods, volumes, claims, statefulSets, endpoints] = await Promise.all([
    client.list<V1Node>(NODE),
    client.list<V1Pod>(POD),
    client.list<V1PersistentVolume>(VOLUME),
    client.list<V1PersistentVolumeClaim>(CLAIM),
    client.list<V1StatefulSet>(STATEFUL_SET),
    client.list<V1Endpoints>(ENDPOINTS),
  ]);
  return { nodes, pods, volumes, claims, statefulSets, endpoints };
}
