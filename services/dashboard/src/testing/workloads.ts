import type {
  DaemonSetObject,
  DeploymentObject,
  PodObject,
  ReplicaSetObject,
  StatefulSetObject,
} from '../cluster/objects.ts';
import { createPod } from './objects.ts';

export interface DeploymentOptions {
  readonly name: string;
  readonly revision: number;
  readonly generation?: number;
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updated?: number;
  /** Old and new ones together. */
  readonly total?: number;
  readonly available?: number;
}

export function createDeployment(options: DeploymentOptions): DeploymentObject {
  const { name, revision, generation = revision, replicas = 1 } = options;
  const { updated = replicas, total = replicas, available = replicas } = options;
  const observedGeneration = options.observedGeneration ?? generation;
  return {
    metadata: {
      name,
      namespace: 'movies',
      uid: `uid-deployment-${name}`,
      generation,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
    },
    spec: { replicas },
    status: {
      observedGeneration,
      replicas: total,
      updatedReplicas: updated,
      readyReplicas: available,
      availableReplicas: available,
    },
  };
}

export function createReplicaSet(deployment: string, hash: string, revision: number): ReplicaSetObject {
  return {
    metadata: {
      name: `${deployment}-${hash}`,
      namespace: 'movies',
      uid: `uid-${deployment}-${hash}`,
      labels: { 'app.kubernetes.io/name': deployment, 'pod-template-hash': hash },
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [{ kind: 'Deployment', name: deployment }],
    },
  };
}

export function createStatefulSet(
  name: string,
  revision: string,
  { generation = 1, replicas = 1 } = {},
): StatefulSetObject {
  return {
    metadata: { name, namespace: 'movies', uid: `uid-statefulset-${name}`, generation },
    spec: { replicas },
    status: {
      observedGeneration: generation,
      replicas,
      readyReplicas: replicas,
      currentRevision: revision,
      updateRevision: revision,
    },
  };
}

/**
 * One on two nodes.
 * @param template how manieth its template is
 */
export function createDaemonSet(
  name: string,
  template: number,
  { updated = 2, available = 2, observedGeneration = template } = {},
): DaemonSetObject {
  return {
    metadata: {
      name,
      namespace: 'movies',
      uid: `uid-daemonset-${name}`,
      generation: template,
      annotations: { 'deprecated.daemonset.template.generation': String(template) },
    },
    status: {
      observedGeneration,
      desiredNumberScheduled: 2,
      updatedNumberScheduled: updated,
      numberAvailable: available,
    },
  };
}

/** A pod as a DaemonSet makes it. */
export function createDaemonPod(
  daemonSet: string,
  template: number,
  node: string,
  isReady = true,
): PodObject {
  const hash = `t${template}`;
  const pod = createPod({ component: daemonSet, hash, suffix: node, node, isReady, ports: [] });
  const labels = { 'app.kubernetes.io/name': daemonSet, 'pod-template-generation': String(template) };
  const ownerReferences = [{ kind: 'DaemonSet', name: daemonSet }];
  return { ...pod, metadata: { ...pod.metadata, labels, ownerReferences } };
}
