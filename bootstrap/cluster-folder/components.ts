import type { Addon } from '../settings/addons.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { hasOwnGitServer } from '../settings/git-source.ts';
import {
  ADDONS_NAMESPACE,
  COMPONENTS_NAMESPACE,
  GIT_NAMESPACE,
  NODE_AGENTS_NAMESPACE,
  OBSERVABILITY_NAMESPACE,
} from '../settings/namespaces.ts';

/** A part of the product that has a base in apps/ and an overlay in every cluster. */
export interface Component {
  /** The folder in apps/ and in `clusters/<name>/apps/`, and the name of the Application. */
  readonly name: string;
  readonly namespace: string;
  /** What the base calls its image: a folder in services/. Without one, the base names somebody else's, pinned. */
  readonly image?: string;
  /** What it is there for: it is left out where cluster.yaml grants that no room. */
  readonly watches?: keyof ClusterSettings['observability'];
  /** Which add-on it is: it is there where cluster.yaml asks for it. */
  readonly addon?: Addon;
  /** What it keeps: its ConfigMap tells it, as KEEP_MIB, how much cluster.yaml grants. */
  readonly keeps?: keyof ClusterSettings['observability'];
  readonly replicated?: Replication;
  /**
   * Who may reach its Service of type LoadBalancer, where that is open to the world; for nobody it is a Service of type
   * ClusterIP there.
   */
  readonly external?: 'everybody' | 'administrators' | 'nobody';
  /** Whether its ConfigMap tells it, as CLUSTER_NAME, which cluster it is in. */
  readonly knowsCluster?: boolean;
}

/** How many replicas a component has is set in cluster.yaml. */
export interface Replication {
  /** The name of its StatefulSet. */
  readonly workload: string;
  /** The key of `replicas` in cluster.yaml. */
  readonly by: keyof ClusterSettings['replicas'];
  /** The setting, in the ConfigMap of the component's name, by which the pods learn of it. */
  readonly setting?: string;
}

export const COMPONENTS: readonly Component[] = [
  { name: 'git-server', namespace: GIT_NAMESPACE, image: 'git-server', external: 'administrators' },
  {
    name: 'rabbitmq',
    namespace: COMPONENTS_NAMESPACE,
    image: 'rabbitmq',
    replicated: { workload: 'rabbitmq', by: 'brokers', setting: 'CLUSTER_SIZE' },
  },
  {
    name: 'inventory-database',
    namespace: COMPONENTS_NAMESPACE,
    image: 'postgres',
    replicated: { workload: 'inventory-db', by: 'databases' },
  },
  {
    name: 'billing-database',
    namespace: COMPONENTS_NAMESPACE,
    image: 'postgres',
    replicated: { workload: 'billing-db', by: 'databases' },
  },
  { name: 'inventory-app', namespace: COMPONENTS_NAMESPACE, image: 'inventory-app' },
  { name: 'billing-app', namespace: COMPONENTS_NAMESPACE, image: 'billing-app' },
  { name: 'query-api', namespace: COMPONENTS_NAMESPACE, image: 'query-api' },
  { name: 'api-gateway', namespace: COMPONENTS_NAMESPACE, image: 'api-gateway', external: 'everybody' },
  { name: 'backup', namespace: COMPONENTS_NAMESPACE, image: 'backup', knowsCluster: true },
  {
    name: 'dashboard',
    namespace: COMPONENTS_NAMESPACE,
    image: 'dashboard',
    external: 'nobody',
    knowsCluster: true,
  },
  { name: 'loki', namespace: OBSERVABILITY_NAMESPACE, image: 'log-keeper', watches: 'logs', keeps: 'logs' },
  { name: 'log-collector', namespace: NODE_AGENTS_NAMESPACE, watches: 'logs' },
  { name: 'prometheus', namespace: OBSERVABILITY_NAMESPACE, watches: 'metrics', keeps: 'metrics' },
  { name: 'node-exporter', namespace: NODE_AGENTS_NAMESPACE, watches: 'metrics' },
  { name: 'headlamp', namespace: ADDONS_NAMESPACE, addon: 'headlamp' },
  { name: 'grafana', namespace: ADDONS_NAMESPACE, addon: 'grafana' },
];

/** Whether a cluster of these settings has the component. */
export function isDeployed({ name, watches, addon }: Component, settings: ClusterSettings): boolean {
  if (addon) return settings.addons[addon];
  if (watches) return settings.observability[watches] > 0;
  return name !== 'git-server' || hasOwnGitServer(settings);
}
