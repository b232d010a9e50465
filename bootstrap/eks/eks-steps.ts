import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noteSource, type Source } from '../artifacts/source.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import type { Step } from '../lib/progress.ts';
import type { EksMachines } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { eksMachines } from '../settings/vagrant-machines.ts';
import { adminKubeconfigFile } from '../steps/nodes-step.ts';
import { type AwsClients, readCaller } from './aws-clients.ts';
import { describeKubeconfig } from './eks-kubeconfig.ts';
import { removeLoadBalancers, removeNetworkParts, removeVolumes } from './leftovers.ts';
import { eksName } from './names.ts';
import { createGate } from './reachable.ts';
import { deleteStack, deployStack, requireOwnStack } from './stack.ts';

/** The settings as the parameters of `clusters/<name>/cloudformation.yaml`. */
export function stackParameters(clusterName: string, machines: EksMachines): Record<string, string> {
  return {
    ClusterName: eksName(clusterName),
    KubernetesVersion: machines.version,
    Zones: machines.zones.join(','),
    InstanceType: machines.instanceType,
    NodeCount: String(machines.nodes),
    MaximumNodeCount: String(machines.nodes + 1),
    DiskSize: String(machines.disk),
    AmiType: architectureOf(machines) === 'arm64' ? 'AL2023_ARM_64_STANDARD' : 'AL2023_x86_64_STANDARD',
    PublicAccess: machines.access.join(','),
    SshKey: machines.sshKey === 'none' ? '' : machines.sshKey,
  };
}

/** Makes the cluster in EKS, or makes it as it is described now. */
export function makeEksStep(context: Context, clients: AwsClients): Step {
  const { cluster } = context;
  const machines = eksMachines(cluster);
  return {
    title: `Make the cluster in ${machines.region} (a quarter of an hour)`,
    run: async (report) => {
      report(await readCaller(clients));
      const template = await readFile(join(cluster.folder, 'cloudformation.yaml'), 'utf8');
      const parameters = stackParameters(cluster.name, machines);
      const name = eksName(cluster.name);
      return await deployStack(clients, { name, clusterName: cluster.name, template, parameters }, report);
    },
  };
}

/** Writes the kubeconfig by which everything after this reaches the cluster. */
export function eksKubeconfigStep(context: Context, clients: AwsClients, source: Source): Step {
  return {
    title: 'Find the API server',
    run: async () => {
      await writePrivateFile(adminKubeconfigFile(context), await describeKubeconfig(clients, context));
      // Another source would be another Argo CD.
      await noteSource(context, source);
      return undefined;
    },
  };
}

/**
 * Removes the cluster in EKS with all that Kubernetes made outside of it.
 *
 * @param kubernetesSteps take out of the cluster what was put into it, so that Kubernetes cleans up after itself
 */
export function destroyEksSteps(
  context: Context,
  clients: AwsClients,
  kubernetes: () => Promise<KubernetesClient>,
  kubernetesSteps: readonly Step[],
): Step[] {
  const name = eksName(context.cluster.name);
  const gate = createGate(existsSync(adminKubeconfigFile(context)));
  const probe: Step = {
    title: 'Reach the cluster',
    run: async () => {
      await readCaller(clients);
      await requireOwnStack(clients, name, context.cluster.name);
      return await gate.probe(kubernetes);
    },
  };
  return [
    probe,
    ...kubernetesSteps.map(gate.pass),
    {
      title: 'Remove load balancers that are left',
      run: async () => describeRemoved(await removeLoadBalancers(clients, name)),
    },
    {
      title: 'Remove what is left in the network',
      run: async () => describeRemoved(await removeNetworkParts(clients, name)),
    },
    {
      title: 'Remove the cluster in EKS (a quarter of an hour)',
      run: (report) => deleteStack(clients, name, report),
    },
    {
      title: 'Remove volumes that are left',
      run: async () => describeRemoved(await removeVolumes(clients, name)),
    },
  ];
}

/** AWS's own processors have a `g` behind the generation: t4g, m7g, c8gn. */
export function architectureOf({ instanceType }: EksMachines): 'amd64' | 'arm64' {
  return /^[a-z]+\d+g[a-z]*\./.test(instanceType) ? 'arm64' : 'amd64';
}

function describeRemoved(removed: readonly string[]): string {
  return removed.length === 0 ? 'none' : removed.join(', ');
}
