import type { ManagedObject } from '../../../bootstrap/lib/managed-object.ts';
import { hasCondition } from '../../../bootstrap/lib/managed-object.ts';
import { POD } from '../../../bootstrap/lib/resource-kinds.ts';
import { COMPONENTS_NAMESPACE } from '../../../bootstrap/settings/namespaces.ts';
import type { FaultCluster, Machine } from './fault-cluster.ts';

/** What faults need to know of a pod. */
export interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** `app.kubernetes.io/name` */
  readonly component: string;
  /** `primary` or `replica`, as Patroni labels databases; empty for others. */
  readonly role: string;
  readonly node: string;
  readonly isReady: boolean;
  readonly isEnding: boolean;
  /** Without their scheme, by the containers' names. */
  readonly containerIds: Readonly<Record<string, string>>;
}

interface PodFields {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly containerStatuses?: readonly { readonly name: string; readonly containerID?: string }[];
  };
}

/** The pods of a namespace, the components' own unless told. */
export async function listPods(
  { kubernetes }: FaultCluster,
  namespace: string = COMPONENTS_NAMESPACE,
): Promise<readonly Pod[]> {
  return (await kubernetes.list(POD, namespace)).map(toPod);
}

function toPod(object: ManagedObject): Pod {
  const { spec, status } = object as PodFields;
  const { metadata = {} } = object as { metadata?: ManagedObject['metadata'] & { uid?: string } };
  const containers = status?.containerStatuses ?? [];
  return {
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    uid: metadata.uid ?? '',
    component: metadata.labels?.['app.kubernetes.io/name'] ?? '',
    role: metadata.labels?.role ?? '',
    node: spec?.nodeName ?? '',
    isReady: hasCondition(object, 'Ready'),
    isEnding: metadata.deletionTimestamp !== undefined,
    containerIds: Object.fromEntries(
      containers.map(({ name, containerID = '' }) => [name, containerID.replace('containerd://', '')]),
    ),
  };
}

/** The machine that a pod runs on. */
export function machineOf(cluster: FaultCluster, pod: Pod): Machine {
  const machine = cluster.machines.find(({ name }) => name === pod.node);
  if (!machine) throw new Error(`The pod ${pod.name} is on no machine: ${pod.node || 'it is not scheduled'}`);
  return machine;
}

/** @throws Error where there is no pod of that name */
export async function findPod(cluster: FaultCluster, name: string): Promise<Pod> {
  const pod = (await listPods(cluster)).find((one) => one.name === name);
  if (!pod) throw new Error(`There is no pod ${name}`);
  return pod;
}

/** Sends a signal to every process of one of a pod's containers, from the machine that it runs on. */
export async function signalContainer(
  cluster: FaultCluster,
  pod: Pod,
  container: string,
  signal: 'KILL' | 'STOP' | 'CONT',
): Promise<void> {
  const id = pod.containerIds[container];
  if (!id) throw new Error(`The pod ${pod.name} has no running container ${container}`);
  // Its control group names the container, by any driver and in both versions (cgroups(7)).
  await machineOf(cluster, pod).remote.run(
    `for group in $(grep -ls ${id} /proc/[0-9]*/cgroup); do
       pid=\${group#/proc/}; kill -s ${signal} "\${pid%/cgroup}" 2>/dev/null || true
     done`,
  );
}
