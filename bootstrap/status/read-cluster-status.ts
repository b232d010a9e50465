import { accessCluster } from '../commands/cluster-access.ts';
import { describeError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { hasCondition } from '../lib/managed-object.ts';
import { NODE } from '../lib/resource-kinds.ts';
import { readMachineStates } from '../machines/vagrant.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { listMachines } from '../settings/list-machines.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import { APPLICATION, failureOf, statusOf } from '../steps/applications-step.ts';
import { listKnownAddresses, readAddresses } from './addresses.ts';
import { readBackupStatus } from './backup-status.ts';
import type { ApplicationSummary, ClusterStatus, MachineStatus, NodeStatus } from './cluster-status.ts';

/** Looks at machines, nodes and Applications; what can't be reached is said, not thrown. */
export async function readClusterStatus(context: Context): Promise<ClusterStatus> {
  const machines = await readMachines(context);
  const status = { cluster: context.cluster.name, machines };
  const unreachable = {
    ...status,
    isRunning: false,
    nodes: [],
    applications: [],
    addresses: listKnownAddresses(context) ?? {},
  };
  const stopped = machines.filter(({ state }) => state !== 'running');
  if (stopped.length > 0) {
    const problem = stopped.map(({ name, state }) => `${name} is ${state}`).join(', ');
    return { ...unreachable, problem };
  }
  try {
    const access = accessCluster(context);
    const kubernetes = await access.kubernetes();
    const [nodes, applications] = [await readNodes(kubernetes), await readApplications(kubernetes)];
    const backup = await readBackupStatus(kubernetes, new Date());
    const addresses = await readAddresses(context, access.kubernetes);
    return { ...status, isRunning: true, nodes, applications, addresses, ...(backup ? { backup } : {}) };
  } catch (error) {
    return { ...unreachable, problem: describeError(error) };
  }
}

/** Those that Vagrant makes; of a cluster that others made, nothing but its nodes is known. */
async function readMachines(context: Context): Promise<MachineStatus[]> {
  const { machines } = context.cluster.settings;
  if (!isVagrant(machines)) return [];
  const states = await readMachineStates(context);
  return listMachines(machines).map(({ name, address }) => ({
    name,
    address,
    state: states.get(name) ?? 'missing',
  }));
}

async function readNodes(kubernetes: KubernetesClient): Promise<NodeStatus[]> {
  const nodes = await kubernetes.list(NODE);
  return nodes.map((node) => ({
    name: node.metadata?.name ?? '',
    isReady: hasCondition(node, 'Ready'),
    isSchedulable: !(node.spec as { unschedulable?: boolean }).unschedulable,
    version: (node.status as { nodeInfo?: { kubeletVersion?: string } }).nodeInfo?.kubeletVersion ?? '',
  }));
}

async function readApplications(kubernetes: KubernetesClient): Promise<ApplicationSummary[]> {
  const applications = await kubernetes.list(APPLICATION, ARGO_CD_NAMESPACE);
  return applications.map((application) => {
    const { sync, health } = statusOf(application);
    const failure = failureOf(application);
    return {
      name: application.metadata?.name ?? '',
      sync: sync?.status ?? 'Unknown',
      health: health?.status ?? 'Unknown',
      revision: sync?.revision ?? '',
      ...(failure === undefined ? {} : { failure }),
    };
  });
}
