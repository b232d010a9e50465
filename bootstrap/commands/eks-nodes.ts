import type { Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { eksMachines } from '../settings/vagrant-machines.ts';

/** Has the cluster in EKS so many nodes. */
export async function nodesOfEksStep(context: Context, nodes: number): Promise<Step> {
  const [{ createAwsClients }, { scaleNodeGroup }, { eksName }] = [
    await import('../eks/aws-clients.ts'),
    await import('../eks/node-group.ts'),
    await import('../eks/names.ts'),
  ];
  const clients = createAwsClients(eksMachines(context.cluster).region);
  return {
    title: nodes === 0 ? 'Take the nodes away' : `Bring ${nodes} nodes back`,
    run: () => scaleNodeGroup(clients, eksName(context.cluster.name), nodes),
  };
}
