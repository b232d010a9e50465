interface Quantities {
  readonly memory?: string;
  readonly storage?: string;
}

/** As much of objects as tells what they need of nodes; which fields there are depends on the kind. */
export interface WorkloadObject {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly type?: string;
    readonly replicas?: number;
    readonly maxReplicas?: number;
    readonly scaleTargetRef?: { readonly name?: string };
    readonly resources?: { readonly requests?: Quantities };
    readonly volumeClaimTemplates?: readonly WorkloadObject[];
    readonly template?: {
      readonly spec?: {
        readonly containers?: readonly { readonly resources?: { readonly requests?: Quantities } }[];
      };
    };
  };
}

/** The kinds whose pods always run. */
export const WORKLOAD_KINDS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'];
