import type { ClusterObjects } from '../cluster/cluster-objects.ts';
import type {
  ApplicationObject,
  DaemonSetObject,
  DeploymentObject,
  PodObject,
  StatefulSetObject,
} from '../cluster/objects.ts';

const deploymentRevision = 'deployment.kubernetes.io/revision';
/** Counts a DaemonSet's templates; its pods have the number of theirs as a label. */
const daemonSetRevision = 'deprecated.daemonset.template.generation';

/** A workload, and how far its newest template has got. */
export interface Rollout {
  /** Kind, namespace and name. */
  readonly key: string;
  readonly name: string;
  /** Names the template of its pods; another template has another name. */
  readonly template: string;
  /** Whether its controller has seen its newest settings, so that `template` is what they lead to. */
  readonly isSettled: boolean;
  /** The pods of that template. */
  readonly pods: readonly PodObject[];
  readonly readyPods: number;
  readonly wantedPods: number;
  /** Whether all pods are of that template, and ready. */
  readonly isComplete: boolean;
}

/** The rollouts of an Application's workloads. */
export function listRollouts(objects: ClusterObjects, { status }: ApplicationObject): Rollout[] {
  return (status?.resources ?? []).flatMap(({ kind, namespace, name }) => {
    if (kind === 'Deployment') {
      const deployment = objects.find('Deployment', namespace, name);
      return deployment ? [describeDeployment(objects, deployment)] : [];
    }
    if (kind === 'StatefulSet') {
      const statefulSet = objects.find('StatefulSet', namespace, name);
      return statefulSet ? [describeStatefulSet(objects, statefulSet)] : [];
    }
    const daemonSet = kind === 'DaemonSet' ? objects.find('DaemonSet', namespace, name) : undefined;
    return daemonSet ? [describeDaemonSet(objects, daemonSet)] : [];
  });
}

function describeDeployment(objects: ClusterObjects, deployment: DeploymentObject): Rollout {
  const { metadata, spec, status } = deployment;
  const revision = metadata.annotations?.[deploymentRevision] ?? '';
  const replicaSet = objects
    .list('ReplicaSet')
    .find(
      (one) =>
        one.metadata.namespace === metadata.namespace &&
        one.metadata.annotations?.[deploymentRevision] === revision &&
        one.metadata.ownerReferences?.some(
          ({ kind, name }) => kind === 'Deployment' && name === metadata.name,
        ),
    );
  const hash = replicaSet?.metadata.labels?.['pod-template-hash'];
  const pods = listPods(objects, metadata.namespace, 'pod-template-hash', hash);
  const wanted = spec?.replicas ?? 1;
  const isSettled = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return {
    key: `Deployment ${metadata.namespace}/${metadata.name}`,
    name: metadata.name,
    template: `${metadata.uid} ${hash ?? revision}`,
    isSettled: isSettled && hash !== undefined,
    pods,
    readyPods: pods.filter(isReady).length,
    wantedPods: wanted,
    isComplete:
      isSettled &&
      (status?.updatedReplicas ?? 0) >= wanted &&
      (status?.replicas ?? 0) === (status?.updatedReplicas ?? 0) &&
      (status?.availableReplicas ?? 0) >= wanted,
  };
}

function describeStatefulSet(
  objects: ClusterObjects,
  { metadata, spec, status }: StatefulSetObject,
): Rollout {
  const revision = status?.updateRevision;
  const pods = listPods(objects, metadata.namespace, 'controller-revision-hash', revision);
  const wanted = spec?.replicas ?? 1;
  const isSettled = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const readyPods = pods.filter(isReady).length;
  return {
    key: `StatefulSet ${metadata.namespace}/${metadata.name}`,
    name: metadata.name,
    template: `${metadata.uid} ${revision ?? ''}`,
    isSettled: isSettled && revision !== undefined,
    pods,
    readyPods,
    wantedPods: wanted,
    isComplete: isSettled && readyPods >= wanted,
  };
}

function describeDaemonSet(objects: ClusterObjects, { metadata, status }: DaemonSetObject): Rollout {
  const revision = metadata.annotations?.[daemonSetRevision];
  // Another DaemonSet's templates are counted alike.
  const pods = listPods(objects, metadata.namespace, 'pod-template-generation', revision).filter((pod) =>
    pod.metadata.ownerReferences?.some(({ kind, name }) => kind === 'DaemonSet' && name === metadata.name),
  );
  const wanted = status?.desiredNumberScheduled ?? 0;
  const isSettled = revision !== undefined && (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return {
    key: `DaemonSet ${metadata.namespace}/${metadata.name}`,
    name: metadata.name,
    template: `${metadata.uid} ${revision ?? ''}`,
    isSettled,
    pods,
    readyPods: pods.filter(isReady).length,
    wantedPods: wanted,
    isComplete:
      isSettled &&
      (status?.updatedNumberScheduled ?? 0) >= wanted &&
      (status?.numberAvailable ?? 0) >= wanted,
  };
}

function listPods(
  objects: ClusterObjects,
  namespace: string | undefined,
  label: string,
  value: string | undefined,
): PodObject[] {
  if (value === undefined) return [];
  return objects
    .list('Pod')
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.[label] === value);
}

/** Whether a pod is ready and is not going. */
export function isReady({ metadata, status }: PodObject): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && metadata.deletionTimestamp === undefined;
}
