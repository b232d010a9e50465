import type { ApplicationObject, EventObject, NodeObject, PodObject } from '../cluster/objects.ts';

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
