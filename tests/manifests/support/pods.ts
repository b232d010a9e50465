import type { V1Container, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { ManagedObject } from '../../../bootstrap/lib/managed-object.ts';

/** The pods that a workload makes. */
export interface Pods {
  readonly kind: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: V1PodSpec;
  /** Whether they are to run for ever, not to an end. */
  readonly isService: boolean;
}

interface WorkloadSpec {
  template?: V1PodTemplateSpec;
  jobTemplate?: { spec: { template: V1PodTemplateSpec } };
}

const JOBS = ['Job', 'CronJob'];
const KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', ...JOBS];

/** The pods of an object; none if it is no workload. */
export function podsOf(object: ManagedObject): Pods[] {
  const { kind = '', metadata } = object;
  if (!KINDS.includes(kind)) return [];
  const spec = object.spec as WorkloadSpec;
  const template = spec.jobTemplate?.spec.template ?? spec.template;
  if (!template?.spec) throw new Error(`${kind} ${metadata?.name} has no pod template`);
  const labels = template.metadata?.labels ?? {};
  return [{ kind, name: metadata?.name ?? '', labels, spec: template.spec, isService: !JOBS.includes(kind) }];
}

/** All containers of a pod, those that run before the others too. */
export function containersOf(spec: V1PodSpec): V1Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}
