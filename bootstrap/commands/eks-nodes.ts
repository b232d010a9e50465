import type { Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { eksMachines } from '../settings/vagrant-machines.ts';

/** Has the cluster in EKS so many nodes. */
export async function nodesOfEksStep(context: Context, nodes: number): Promise<Step> {
  const [{ createAwsClients }, { scaleStep }, { eksName }] = [
    await import('../eks/aws-clients.ts'),
    await import('../eks/node-group.ts'),
    await import('../eks/names.ts'),
  ];
  const clients = createAwsClients(eksMachines(context.cluster).region);
  return scaleStep(clients, eksName(context.cluster.name), nodes);
}
