import { DescribeNodegroupCommand, UpdateNodegroupConfigCommand } from '@aws-sdk/client-eks';
import { waitFor } from '../lib/wait.ts';
import type { AwsClients } from './aws-clients.ts';
import { NODE_GROUP } from './names.ts';

const TIMEOUT_MS = 900_000;
const INTERVAL_MS = 5000;

/**
 * Has the node group so many nodes; with none, only the control plane, the volumes and the load balancers cost.
 *
 * @param clusterName the cluster's name in EKS
 * @returns a sentence where it had so many already
 */
export async function scaleNodeGroup(
  { eks }: Pick<AwsClients, 'eks'>,
  clusterName: string,
  nodes: number,
): Promise<string | undefined> {
  const identity = { clusterName, nodegroupName: NODE_GROUP };
  const { nodegroup } = await eks.send(new DescribeNodegroupCommand(identity));
  if (nodegroup?.scalingConfig?.desiredSize === nodes) return `has ${nodes} already`;
  // At most one more, for the time of an upgrade; a group that has none must allow one.
  const scalingConfig = { minSize: nodes, desiredSize: nodes, maxSize: nodes + 1 };
  await eks.send(new UpdateNodegroupConfigCommand({ ...identity, scalingConfig }));
  await waitFor({
    description: `the node group to have ${nodes} nodes`,
    timeoutMs: TIMEOUT_MS,
    intervalMs: INTERVAL_MS,
    remedy: `See why: aws eks describe-nodegroup --cluster-name ${clusterName} --nodegroup-name ${NODE_GROUP}`,
    probe: async () => {
      const found = (await eks.send(new DescribeNodegroupCommand(identity))).nodegroup;
      return found?.status === 'ACTIVE' && found.scalingConfig?.desiredSize === nodes ? true : undefined;
    },
  });
  return undefined;
}
