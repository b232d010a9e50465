import type { ClusterObjects } from '../cluster/cluster-objects.ts';
import type { ClusterUsage } from '../cluster/cluster-source.ts';
import type { Figures } from '../metrics/metrics-source.ts';
import { describeApplication } from './describe-application.ts';
import { describeDatabases, describeQueue } from './describe-data.ts';
import { describeNode } from './describe-node.ts';
import { describePod, isFinished } from './describe-pod.ts';
import { describeServices } from './describe-service.ts';
import { judge } from './judge.ts';
import type { ConnectionView, Journey, View } from './view.ts';

/** All that is known of a cluster at one moment. */
export interface Knowledge {
  readonly connection: ConnectionView;
  readonly objects: ClusterObjects;
  readonly journeys: readonly Journey[];
  readonly usage: ClusterUsage;
  /** Undefined before anybody was asked. */
  readonly figures: Figures | undefined;
}

/** Makes what the page shows from what is known. */
export function describeView({ connection, objects, journeys, usage, figures }: Knowledge): View {
  const pods = objects.list('Pod');
  const parts = {
    connection,
    journeys,
    services: describeServices(pods, figures?.services ?? new Map()),
    queues: [...(figures?.queues ?? [])].sort().map(([name, queue]) => describeQueue(name, queue)),
    databases: figures ? describeDatabases(objects, figures.databases) : [],
    nodes: objects.list('Node').map((node) => describeNode(node, pods, usage.nodes.get(node.metadata.name))),
    applications: objects.list('Application').map(describeApplication),
    pods: pods.filter((pod) => !isFinished(pod)).map((pod) => describePod(pod, usage.pods)),
  };
  return { ...parts, verdict: judge(parts) };
}
