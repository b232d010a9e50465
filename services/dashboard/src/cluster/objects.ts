/**
 * What is read of Kubernetes' and Argo CD's objects, in the form that the API server sends them: times are text.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/
 */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface NodeObject {
  readonly metadata: Metadata;
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly nodeInfo?: { readonly kubeletVersion?: string };
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
  };
  readonly lastState?: {
    readonly terminated?: {
      readonly reason?: string;
      readonly exitCode?: number;
      readonly finishedAt?: string;
    };
  };
}

export interface PodObject {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers: readonly {
      readonly name: string;
      readonly image?: string;
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface DeploymentObject {
  readonly metadata: Metadata;
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
  };
}

export interface StatefulSetObject {
  readonly metadata: Metadata;
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

export interface DaemonSetObject {
  readonly metadata: Metadata;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

export interface ReplicaSetObject {
  readonly metadata: Metadata;
}

export interface EventObject {
  readonly metadata: Metadata;
  readonly involvedObject: { readonly kind?: string; readonly name?: string; readonly uid?: string };
  readonly reason?: string;
  readonly message?: string;
}

/** Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml */
export interface ApplicationObject {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly source?: { readonly path?: string; readonly repoURL?: string; readonly targetRevision?: string };
  };
  readonly status?: {
    readonly sync?: { readonly status?: string; readonly revision?: string };
    readonly health?: { readonly status?: string; readonly message?: string };
    readonly reconciledAt?: string;
    readonly history?: readonly { readonly revision?: string; readonly deployedAt?: string }[];
    readonly operationState?: {
      readonly phase?: string;
      readonly message?: string;
      readonly startedAt?: string;
      readonly finishedAt?: string;
      readonly syncResult?: { readonly revision?: string };
    };
    readonly resources?: readonly {
      readonly group?: string;
      readonly kind: string;
      readonly namespace?: string;
      readonly name: string;
      readonly status?: string;
      readonly health?: { readonly status?: string; readonly message?: string };
    }[];
    readonly conditions?: readonly { readonly type: string; readonly message?: string }[];
  };
}

/** The kinds that are watched, by name. */
export interface WatchedObjects {
  readonly Node: NodeObject;
  readonly Pod: PodObject;
  readonly Deployment: DeploymentObject;
  readonly StatefulSet: StatefulSetObject;
  readonly DaemonSet: DaemonSetObject;
  readonly ReplicaSet: ReplicaSetObject;
  readonly Event: EventObject;
  readonly Application: ApplicationObject;
}

export type WatchedKind = keyof WatchedObjects;
