import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { COMPONENTS_NAMESPACE, GIT_NAMESPACE } from '../settings/namespaces.ts';

/** A part of the product that has a base in apps/ and an overlay in every cluster. */
export interface Component {
  /** The folder in apps/ and in `clusters/<name>/apps/`, and the name of the Application. */
  readonly name: string;
  readonly namespace: string;
  /** What the base calls its image: a folder in services/. */
  readonly image: string;
  readonly replicated?: Replication;
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
  { name: 'git-server', namespace: GIT_NAMESPACE, image: 'git-server' },
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
  { name: 'api-gateway', namespace: COMPONENTS_NAMESPACE, image: 'api-gateway' },
  { name: 'backup', namespace: COMPONENTS_NAMESPACE, image: 'backup', knowsCluster: true },
];
