import type { KubernetesClient } from '../../bootstrap/lib/kubernetes.ts';
import type { ManagedObject } from '../../bootstrap/lib/managed-object.ts';
import { ARGO_CD_NAMESPACE } from '../../bootstrap/settings/namespaces.ts';

const POD_METRICS = { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics', plural: 'pods' } as const;
const KIBIBYTES: Readonly<Record<string, number>> = { '': 1 / 1024, Ki: 1, Mi: 1024, Gi: 1024 ** 2 };

interface PodMetrics extends ManagedObject {
  readonly containers?: readonly { readonly usage: { readonly memory: string } }[];
}

/** The working sets of Argo CD's pods, in MiB, by the names of their workloads. */
export type ArgoCdMemory = Readonly<Record<string, number>>;

/** Asks the metrics API. @returns `undefined` where the cluster has none */
export async function readMemory(client: KubernetesClient): Promise<ArgoCdMemory | undefined> {
  const pods = await client.list<PodMetrics>(POD_METRICS, ARGO_CD_NAMESPACE).catch(() => undefined);
  if (!pods || pods.length === 0) return undefined;
  return Object.fromEntries(pods.map((pod) => [workloadOf(pod), Math.round(sumMemory(pod))]));
}

function workloadOf({ metadata }: PodMetrics): string {
  return metadata?.labels?.['app.kubernetes.io/name'] ?? metadata?.name ?? '';
}

function sumMemory({ containers = [] }: PodMetrics): number {
  return containers.reduce((sum, { usage }) => sum + toMebibytes(usage.memory), 0);
}

/** A quantity such as `123456Ki`, in MiB. */
export function toMebibytes(quantity: string): number {
  const [, figure = '', unit = ''] = /^(\d+)(Ki|Mi|Gi|)$/.exec(quantity) ?? [];
  const factor = KIBIBYTES[unit];
  if (figure === '' || factor === undefined)
    throw new Error(`${quantity} is no quantity of memory known here`);
  return (Number(figure) * factor) / 1024;
}
