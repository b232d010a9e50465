import type {
  ApplicationObject,
  DaemonSetObject,
  DeploymentObject,
  EventObject,
  NodeObject,
  PodObject,
  ReplicaSetObject,
  StatefulSetObject,
} from '../cluster/objects.ts';

/*
 * Objects as K3s 1.36 and Argo CD send them, cut down to what is read; `kubectl get --watch --output json` shows whole
 * ones.
 */

export const createdAt = '2026-01-02T10:00:00Z';

export function createNode(name: string, isReady = true): NodeObject {
  return {
    metadata: { name, uid: `node-${name}`, creationTimestamp: createdAt },
    spec: {},
    status: {
      allocatable: { cpu: '2', memory: '4005572Ki', pods: '110' },
      conditions: [
        { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory' },
        { type: 'DiskPressure', status: 'False', reason: 'KubeletHasNoDiskPressure' },
        {
          type: 'Ready',
          status: isReady ? 'True' : 'Unknown',
          reason: isReady ? 'KubeletReady' : 'NodeStatusUnknown',
        },
      ],
      nodeInfo: { kubeletVersion: 'v1.36.3+k3s1' },
    },
  };
}

export interface PodOptions {
  readonly component: string;
  /** The template's hash. */
  readonly hash: string;
  readonly suffix?: string;
  readonly node?: string;
  readonly isReady?: boolean;
  readonly address?: string;
  readonly metricsPort?: number;
  /** By name, in place of a service's. */
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly restarts?: number;
  /** Why its container waits. */
  readonly waiting?: { readonly reason: string; readonly message?: string };
}

export function createPod(options: PodOptions): PodObject {
  const { component, hash, suffix = 'x7k2p', node = 'master', isReady = true } = options;
  const name = `${component}-${hash}-${suffix}`;
  const { waiting, restarts = 0, address, metricsPort = 9090 } = options;
  return {
    metadata: {
      name,
      namespace: 'movies',
      uid: `uid-${name}`,
      creationTimestamp: createdAt,
      labels: { 'app.kubernetes.io/name': component, 'pod-template-hash': hash },
    },
    spec: {
      nodeName: node,
      containers: [
        {
          name: component,
          image: `docker.io/orchestrator/${component}:${hash}`,
          ports: options.ports ?? [
            { name: 'http', containerPort: 3000 },
            { name: 'metrics', containerPort: metricsPort },
          ],
        },
      ],
    },
    status: {
      phase: waiting || (!isReady && address === undefined) ? 'Pending' : 'Running',
      ...(address === undefined ? {} : { podIP: address }),
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Ready', status: isReady ? 'True' : 'False' },
      ],
      containerStatuses: [
        {
          name: component,
          ready: isReady,
          restartCount: restarts,
          state: waiting
            ? { waiting }
            : isReady || address
              ? { running: { startedAt: createdAt } }
              : { waiting: { reason: 'ContainerCreating' } },
          ...(restarts > 0 ? { lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } } : {}),
        },
      ],
    },
  };
}

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

export interface ApplicationOptions {
  readonly name: string;
  readonly revision: string;
  /** What it follows. */
  readonly target?: string;
  readonly sync?: string;
  readonly health?: string;
  /** The operation that has run last, or runs. */
  readonly operation?: { readonly phase: string; readonly revision: string; readonly message?: string };
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly workload?: string;
  readonly drift?: boolean;
  readonly history?: readonly { readonly revision: string; readonly deployedAt: string }[];
}

export function createApplication(options: ApplicationOptions): ApplicationObject {
  const { name, revision, sync = 'Synced', health = 'Healthy', operation, kind = 'Deployment' } = options;
  return {
    metadata: {
      name,
      namespace: 'argocd',
      uid: `uid-application-${name}`,
      annotations: { 'argocd.argoproj.io/manifest-generate-paths': `.;../../../../apps/${name}` },
    },
    spec: { source: { path: `clusters/local/apps/${name}`, targetRevision: options.target ?? 'main' } },
    status: {
      sync: { status: sync, revision },
      health: { status: health },
      reconciledAt: createdAt,
      history: options.history ?? [],
      ...(operation
        ? {
            operationState: {
              phase: operation.phase,
              syncResult: { revision: operation.revision },
              ...(operation.message === undefined ? {} : { message: operation.message }),
            },
          }
        : {}),
      resources: [
        { kind: 'Service', namespace: 'movies', name, status: 'Synced' },
        {
          group: 'apps',
          kind,
          namespace: 'movies',
          name: options.workload ?? name,
          status: options.drift ? 'OutOfSync' : 'Synced',
        },
      ],
    },
  };
}

export function createPulledEvent({ metadata, spec }: PodObject, isPulled = false): EventObject {
  const image = spec?.containers[0]?.image;
  return {
    metadata: { name: `${metadata.name}.17f3a1`, namespace: 'movies', uid: `event-${metadata.uid}` },
    involvedObject: { kind: 'Pod', name: metadata.name, uid: metadata.uid ?? '' },
    reason: 'Pulled',
    message: isPulled
      ? `Successfully pulled image "${image}" in 1.204s (1.204s including waiting). Image size: 61 bytes.`
      : `Container image "${image}" already present on machine`,
  };
}
