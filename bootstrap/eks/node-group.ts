import {
  DescribeNodegroupCommand,
  ListNodegroupsCommand,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks';
import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { hasCondition } from '../lib/managed-object.ts';
import type { Step } from '../lib/progress.ts';
import { NODE } from '../lib/resource-kinds.ts';
import { waitFor } from '../lib/wait.ts';
import type { AwsClients } from './aws-clients.ts';

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
  const nodegroupName = await findNodeGroup({ eks }, clusterName);
  const identity = { clusterName, nodegroupName };
  const { nodegroup } = await eks.send(new DescribeNodegroupCommand(identity));
  if (nodegroup?.scalingConfig?.desiredSize === nodes) return `has ${nodes} already`;
  // At most one more, for the time of an upgrade; a group that has none must allow one.
  const scalingConfig = { minSize: nodes, desiredSize: nodes, maxSize: nodes + 1 };
  await eks.send(new UpdateNodegroupConfigCommand({ ...identity, scalingConfig }));
  await waitFor({
    description: `the node group to have ${nodes} nodes`,
    timeoutMs: TIMEOUT_MS,
    intervalMs: INTERVAL_MS,
    remedy: `See why: aws eks describe-nodegroup --cluster-name ${clusterName} --nodegroup-name ${nodegroupName}`,
    probe: async () => {
      const found = (await eks.send(new DescribeNodegroupCommand(identity))).nodegroup;
      return found?.status === 'ACTIVE' && found.scalingConfig?.desiredSize === nodes ? true : undefined;
    },
  });
  return undefined;
}

/** CloudFormation names it: one that has to be replaced could not have a name that is taken. */
async function findNodeGroup({ eks }: Pick<AwsClients, 'eks'>, clusterName: string): Promise<string> {
  const { nodegroups = [] } = await eks.send(new ListNodegroupsCommand({ clusterName }));
  const [name, ...others] = nodegroups;
  if (name !== undefined && others.length === 0) return name;
  throw new UserError(
    `The cluster ${clusterName} has ${nodegroups.length} node groups (${nodegroups.join(', ') || 'none'}), and this program makes one.`,
    'Remove those that you have added, or run ./orchestrator.sh create again where there is none.',
  );
}

/** Has the cluster so many nodes: none when it is stopped. */
export function scaleStep(clients: Pick<AwsClients, 'eks'>, clusterName: string, nodes: number): Step {
  return {
    title: nodes === 0 ? 'Take the nodes away' : `Have ${nodes} nodes`,
    run: () => scaleNodeGroup(clients, clusterName, nodes),
  };
}

/** Waits until so many nodes are Ready: they have joined some minutes after their group has them. */
export function readyNodesStep(kubernetes: () => Promise<KubernetesClient>, nodes: number): Step {
  return {
    title: 'Wait for the nodes',
    run: async (report) => {
      await (await kubernetes()).waitUntil({
        resource: NODE,
        description: `${nodes} nodes to be Ready`,
        timeoutMs: TIMEOUT_MS,
        remedy: 'See why: kubectl describe nodes. What AWS says: aws eks list-nodegroups.',
        missing: (found) => {
          const ready = found.filter((node) => hasCondition(node, 'Ready')).length;
          return ready >= nodes ? undefined : `${ready} of ${nodes} are Ready`;
        },
        onChange: report,
      });
      return undefined;
    },
  };
}
