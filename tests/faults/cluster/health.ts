import { hasCondition, type ManagedObject } from '../../../bootstrap/lib/managed-object.ts';
import { NODE, POD } from '../../../bootstrap/lib/resource-kinds.ts';
import { DEPLOYMENT, isRolledOut, STATEFUL_SET } from '../../../bootstrap/lib/workloads.ts';
import { ARGO_CD_NAMESPACE } from '../../../bootstrap/settings/namespaces.ts';
import { APPLICATION, statusOf } from '../../../bootstrap/steps/applications-step.ts';
import { DATABASES, findMembers, runSql } from './databases.ts';
import type { FaultCluster } from './fault-cluster.ts';
import { listPods } from './pods.ts';

/**
 * What keeps a cluster from being whole, in words; empty when nothing does: nodes Ready, all replicas of all
 * workloads available, no pod that is ending, every replica of a database streaming, every broker in touch with
 * the others, all Applications synced and healthy.
 */
export async function findIllness(cluster: FaultCluster): Promise<readonly string[]> {
  try {
    const basics = [
      ...(await findNodes(cluster)),
      ...(await findWorkloads(cluster)),
      ...(await findPods(cluster)),
    ];
    // The rest costs more to ask, and can't be well without these.
    if (basics.length > 0) return basics;
    const members = await Promise.all(DATABASES.map((database) => findReplication(cluster, database)));
    const illness = [...members.flat(), ...(await findBrokers(cluster))];
    return illness.length > 0 ? illness : await findApplications(cluster);
  } catch (error) {
    cluster.context.signal.throwIfAborted();
    return [`the API server: ${String(error).split('\n')[0]?.slice(0, 200)}`];
  }
}

async function findNodes({ kubernetes, machines }: FaultCluster): Promise<string[]> {
  const nodes = await kubernetes.list(NODE);
  const unready = machines
    .filter(({ name }) => {
      const node = nodes.find(({ metadata }) => metadata?.name === name);
      return (
        !node || !hasCondition(node, 'Ready') || (node.spec as { unschedulable?: boolean }).unschedulable
      );
    })
    .map(({ name }) => `the node ${name} is not Ready`);
  const pressed = nodes
    .filter((node) => ['DiskPressure', 'MemoryPressure'].some((type) => hasCondition(node, type)))
    .map(({ metadata }) => `the node ${metadata?.name} is short of disk or memory`);
  return [...unready, ...pressed];
}

interface Replicated {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly availableReplicas?: number; readonly updatedReplicas?: number };
}

async function findWorkloads({ kubernetes }: FaultCluster): Promise<string[]> {
  const lists = await Promise.all([DEPLOYMENT, STATEFUL_SET].map((kind) => kubernetes.list(kind)));
  const unfinished = lists.flat().filter((workload) => !isRolledOut(workload));
  return unfinished.map((workload) => {
    const { spec, status } = workload as Replicated;
    const { availableReplicas = 0, updatedReplicas = 0 } = status ?? {};
    return `${nameOf(workload)} has ${availableReplicas} of ${spec?.replicas ?? 1} replicas available, ${updatedReplicas} updated`;
  });
}

async function findPods({ kubernetes }: FaultCluster): Promise<string[]> {
  return (await kubernetes.list(POD))
    .filter((pod) => {
      const { phase = '' } = pod.status as { phase?: string };
      if (phase === 'Succeeded' || phase === 'Failed') return false;
      return pod.metadata?.deletionTimestamp !== undefined || !hasCondition(pod, 'Ready');
    })
    .map((pod) => `${nameOf(pod)} is ${pod.metadata?.deletionTimestamp ? 'ending' : 'not ready'}`);
}

async function findReplication(
  cluster: FaultCluster,
  database: (typeof DATABASES)[number],
): Promise<string[]> {
  const { leader, replicas } = await findMembers(cluster, database);
  if (replicas.length === 0) return [];
  const sql = "SELECT application_name, sync_state FROM pg_stat_replication WHERE state = 'streaming'";
  const streaming = await runSql(cluster, leader, database, sql);
  const illness = replicas
    .filter(({ name }) => !streaming.some(([member]) => member === name))
    .map(({ name }) => `${name} does not follow ${leader.name}`);
  // Patroni's synchronous mode needs a standby that is waited for; without one a failover may lose writes.
  if (illness.length === 0 && !streaming.some(([, state]) => state === 'sync' || state === 'quorum'))
    illness.push(`${leader.name} waits for no standby`);
  return illness;
}

const UNREACHABLE_PEERS =
  'echo "length(rabbit_nodes:list_unreachable())." | erl_call -name "$RABBITMQ_NODENAME" -timeout 4 -e';

async function findBrokers(cluster: FaultCluster): Promise<string[]> {
  const brokers = (await listPods(cluster)).filter(({ component }) => component === 'rabbitmq');
  if (brokers.length < 2) return [];
  const lists = await Promise.all(
    brokers.map(async ({ name }) => {
      const answer = await cluster.tryKubectl(['exec', name, '--', 'sh', '-c', UNREACHABLE_PEERS]);
      if (answer.exitCode !== 0) return [`${name} does not tell which peers it reaches`];
      const unreachable = answer.stdout.match(/\{ok, (\d+)\}/)?.[1];
      return unreachable === '0' ? [] : [`${name} can't reach ${unreachable ?? 'unknown'} of its peers`];
    }),
  );
  return lists.flat();
}

async function findApplications({ kubernetes }: FaultCluster): Promise<string[]> {
  return (await kubernetes.list(APPLICATION, ARGO_CD_NAMESPACE)).flatMap((application) => {
    const { sync, health } = statusOf(application);
    if (sync?.status === 'Synced' && health?.status === 'Healthy') return [];
    return [`the Application ${application.metadata?.name} is ${sync?.status}, ${health?.status}`];
  });
}

function nameOf({ metadata }: ManagedObject): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}
