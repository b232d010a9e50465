import { WORKLOAD_KINDS, type WorkloadObject } from './workload-object.ts';

/** What the components, and what is around them, need of the nodes together. */
export interface Needs {
  /** When all are scaled up as far as they may. */
  readonly pods: number;
  /** What containers ask for, in MiB. */
  readonly memory: number;
  /** Services of type LoadBalancer. */
  readonly loadBalancers: number;
  /** Of all volumes, in GiB. */
  readonly storage: number;
}

/*
 * What comes beside the components: Argo CD (four pods), the sealed-secrets controller, and EKS's add-ons: two pods each
 * of CoreDNS, metrics-server and what makes volumes; on each node one for network, proxy, volumes and identities.
 */
const OTHER_PODS = 4 + 1 + 6;
const OTHER_MEMORY_MIB = 1200;
const PODS_OF_EACH_NODE = 4;
const MEMORY_OF_EACH_NODE_MIB = 250;

/** Adds up what the objects of all components need, on so many nodes. */
export function addUpNeeds(objects: readonly WorkloadObject[], nodes: number): Needs {
  const workloads = objects.filter(({ kind }) => WORKLOAD_KINDS.includes(kind ?? ''));
  const counted = workloads.map((one) => ({ one, count: countPods(one, objects, nodes) }));
  const sum = (value: (entry: (typeof counted)[number]) => number) =>
    counted.reduce((total, entry) => total + value(entry), 0);
  const claims = objects.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  return {
    pods: sum(({ count }) => count) + OTHER_PODS + PODS_OF_EACH_NODE * nodes,
    memory: Math.ceil(
      sum(({ one, count }) => count * memoryOf(one)) + OTHER_MEMORY_MIB + MEMORY_OF_EACH_NODE_MIB * nodes,
    ),
    loadBalancers: objects.filter(({ kind, spec }) => kind === 'Service' && spec?.type === 'LoadBalancer')
      .length,
    storage:
      sum(({ one, count }) => count * storageOf(one.spec?.volumeClaimTemplates ?? [])) + storageOf(claims),
  };
}

/** As many as an autoscaler may make, where there is one; of a DaemonSet one on each node. */
function countPods(
  { kind, metadata, spec }: WorkloadObject,
  objects: readonly WorkloadObject[],
  nodes: number,
): number {
  if (kind === 'DaemonSet') return nodes;
  const scaler = objects.find(
    (one) => one.kind === 'HorizontalPodAutoscaler' && one.spec?.scaleTargetRef?.name === metadata?.name,
  );
  return scaler?.spec?.maxReplicas ?? spec?.replicas ?? 1;
}

function memoryOf({ spec }: WorkloadObject): number {
  const containers = spec?.template?.spec?.containers ?? [];
  return containers.reduce(
    (total, one) => total + parseMebibytes(one.resources?.requests?.memory ?? '0Mi'),
    0,
  );
}

function storageOf(claims: readonly WorkloadObject[]): number {
  const sizes = claims.map(({ spec }) => parseMebibytes(spec?.resources?.requests?.storage ?? '0Mi'));
  return sizes.reduce((total, size) => total + size, 0) / 1024;
}

/** The quantities that this repository uses (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). */
function parseMebibytes(quantity: string): number {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(quantity) ?? [];
  if (number === undefined) throw new Error(`The quantity ${quantity} is neither in Mi nor in Gi`);
  return Number(number) * (unit === 'Gi' ? 1024 : 1);
}
