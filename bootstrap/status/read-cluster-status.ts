import { accessCluster } from '../commands/cluster-access.ts';
import { argoCdUrl } from '../commands/ui.ts';
import { describeError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { hasCondition } from '../lib/managed-object.ts';
import { NODE } from '../lib/resource-kinds.ts';
import { readMachineStates } from '../machines/vagrant.ts';
import type { Context } from '../settings/context.ts';
import { gitPushUrl, hasOwnGitServer, webhookUrl } from '../settings/git-source.ts';
import { listMachines } from '../settings/list-machines.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import { APPLICATION, failureOf, statusOf } from '../steps/applications-step.ts';
import { readBackupStatus } from './backup-status.ts';
import type { ApplicationSummary, ClusterStatus, NodeStatus } from './cluster-status.ts';

/** Looks at machines, nodes and Applications; what can't be reached is said, not thrown. */
export async function readClusterStatus(context: Context): Promise<ClusterStatus> {
  const states = await readMachineStates(context);
  const machines = listMachines(context.cluster.settings.machines).map(({ name, address }) => ({
    name,
    address,
    state: states.get(name) ?? 'missing',
  }));
  const status = { cluster: context.cluster.name, machines, addresses: listAddresses(context) };
  const unreachable = { ...status, isRunning: false, nodes: [], applications: [] };
  const stopped = machines.filter(({ state }) => state !== 'running');
  if (stopped.length > 0) {
    const problem = stopped.map(({ name, state }) => `${name} is ${state}`).join(', ');
    return { ...unreachable, problem };
  }
  try {
    const kubernetes = await accessCluster(context).kubernetes();
    const [nodes, applications] = [await readNodes(kubernetes), await readApplications(kubernetes)];
    const backup = await readBackupStatus(kubernetes, new Date());
    return { ...status, isRunning: true, nodes, applications, ...(backup ? { backup } : {}) };
  } catch (error) {
    return { ...unreachable, problem: describeError(error) };
  }
}

function listAddresses(context: Context): Record<string, string> {
  const { settings } = context.cluster;
  return {
    'api-gateway': `http://${settings.machines.master.address}:3000`,
    'Argo CD': argoCdUrl(context),
    git: hasOwnGitServer(settings) ? gitPushUrl(settings) : settings.git.source,
    'git webhook': webhookUrl(settings),
    'API server': `https://${settings.machines.master.address}:6443`,
  };
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
