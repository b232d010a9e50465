import { keyOf } from './cluster-objects.ts';
import type { ClusterUsage, Usage } from './cluster-source.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { Metadata } from './objects.ts';
import { parseQuantity } from './parse-quantity.ts';

const timeoutMs = 4000;
const metricsApi = '/apis/metrics.k8s.io/v1beta1';

interface RawUsage {
  readonly cpu: string;
  readonly memory: string;
}

interface UsageList {
  readonly items: readonly {
    readonly metadata: Metadata;
    readonly usage?: RawUsage;
    readonly containers?: readonly { readonly usage: RawUsage }[];
  }[];
}

/**
 * Reads what nodes and pods use from the metrics API.
 * Source: https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
 */
export async function readUsage(api: KubernetesApi, namespaces: readonly string[]): Promise<ClusterUsage> {
  const signal = AbortSignal.timeout(timeoutMs);
  const list = async (path: string) =>
    (await (await api.get(`${metricsApi}${path}`, signal)).json()) as UsageList;
  const [nodes, ...pods] = await Promise.all([
    list('/nodes'),
    ...namespaces.map((namespace) => list(`/namespaces/${namespace}/pods`)),
  ]);
  return { nodes: toUsages([nodes]), pods: toUsages(pods) };
}

function toUsages(lists: readonly UsageList[]): Map<string, Usage> {
  const items = lists.flatMap((list) => list.items);
  return new Map(
    items.map(({ metadata, usage, containers = [] }) => {
      const all = usage ? [usage] : containers.map((container) => container.usage);
      const sum = (field: keyof RawUsage) =>
        all.reduce((total, one) => total + (parseQuantity(one[field]) ?? 0), 0);
      return [keyOf(metadata), { cpu: sum('cpu'), memoryBytes: sum('memory') }];
    }),
  );
}
