import { hashText } from '../artifacts/content-hash.ts';
import type { AwaitedState } from './kubernetes.ts';
import type { ManagedObject } from './managed-object.ts';

export const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' } as const;
export const STATEFUL_SET = { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets' } as const;

interface WorkloadSpec {
  replicas?: number;
}

interface WorkloadStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  availableReplicas?: number;
}

/**
 * Whether a Deployment or StatefulSet has all its replicas, of the newest revision, available, and no others: those
 * of the old one count as available, too (kubectl, polymorphichelpers/rollout_status.go).
 */
export function isRolledOut(workload: ManagedObject): boolean {
  const { replicas = 1 } = (workload.spec ?? {}) as WorkloadSpec;
  const status = (workload.status ?? {}) as WorkloadStatus;
  const isObserved = status.observedGeneration === workload.metadata?.generation;
  const { updatedReplicas = 0, availableReplicas = 0 } = status;
  const isWithoutOld = (status.replicas ?? 0) <= updatedReplicas;
  return isObserved && isWithoutOld && updatedReplicas >= replicas && availableReplicas >= replicas;
}

/**
 * The state in which the workloads of a manifest are rolled out.
 *
 * @param kind the workloads that are looked at: those of the manifest that are of this kind
 */
export function rolledOut(
  manifest: readonly ManagedObject[],
  kind: typeof DEPLOYMENT | typeof STATEFUL_SET,
  namespace: string,
  timeoutMs: number,
): AwaitedState {
  const names = manifest.filter((one) => one.kind === kind.kind).map((one) => one.metadata?.name ?? '');
  return {
    resource: kind,
    namespace,
    description: `${names.join(', ')} to be available`,
    timeoutMs,
    remedy: `See why: kubectl --namespace ${namespace} get pods,events.`,
    missing: (workloads) => {
      const done = workloads.filter(isRolledOut).map((workload) => workload.metadata?.name);
      const missing = names.filter((name) => !done.includes(name));
      return missing.length === 0 ? undefined : missing.join(', ');
    },
  };
}

interface PodTemplate {
  metadata?: { annotations?: Record<string, string> };
  spec?: { containers?: { imagePullPolicy?: string }[]; initContainers?: { imagePullPolicy?: string }[] };
}

function templateOf(object: ManagedObject): PodTemplate | undefined {
  return ((object.spec ?? {}) as { template?: PodTemplate }).template;
}

/**
 * Has nodes use the images that they have. Manifests that ask for a pull at every start can't be used where
 * images are brought by hand, and a pinned tag gains nothing by it.
 */
export function pullIfNotPresent(manifest: readonly ManagedObject[]): ManagedObject[] {
  return manifest.map((object) => {
    const copy = structuredClone(object);
    const { containers = [], initContainers = [] } = templateOf(copy)?.spec ?? {};
    for (const container of [...containers, ...initContainers]) container.imagePullPolicy = 'IfNotPresent';
    return copy;
  });
}

/**
 * Has workloads roll out when a ConfigMap that their pods read only at their start has changed.
 *
 * @param configMap the name of the ConfigMap, which is in the manifest, too
 */
export function rollOutWith(manifest: readonly ManagedObject[], configMap: string): ManagedObject[] {
  const settings = manifest.find((one) => one.kind === 'ConfigMap' && one.metadata?.name === configMap);
  const checksum = hashText(JSON.stringify(settings?.data ?? {}));
  return manifest.map((object) => {
    const copy = structuredClone(object);
    const template = templateOf(copy);
    if (!template) return copy;
    const annotations = { ...template.metadata?.annotations, [`orchestrator/${configMap}`]: checksum };
    template.metadata = { ...template.metadata, annotations };
    return copy;
  });
}
