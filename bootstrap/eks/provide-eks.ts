import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import type { Finding } from '../checks/finding.ts';
import { publishedStep } from '../existing/pullable-step.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { eksMachines } from '../settings/vagrant-machines.ts';
import { createAwsClients } from './aws-clients.ts';
import { inspectEks } from './eks-preflight.ts';
import { architectureOf, eksKubeconfigStep, makeEksStep } from './eks-steps.ts';
import { eksName } from './names.ts';
import { readyNodesStep, scaleStep } from './node-group.ts';

/** How a cluster in EKS comes to be: what must be right before, and the steps that make it. */
export function provideEks(
  context: Context,
  artifacts: ClusterArtifacts,
  kubernetes: () => Promise<KubernetesClient>,
): { readonly inspect: () => Promise<Finding[]>; readonly steps: Step[] } {
  const machines = eksMachines(context.cluster);
  const clients = createAwsClients(machines.region);
  return {
    inspect: () => inspectEks(context, clients, artifacts),
    steps: [
      // Before anything costs money.
      publishedStep(context, artifacts.listServiceImages, `linux/${architectureOf(machines)}`),
      makeEksStep(context, clients),
      // To CloudFormation, a cluster that was stopped is as it should be.
      scaleStep(clients, eksName(context.cluster.name), machines.nodes),
      eksKubeconfigStep(context, clients, artifacts.source.name),
      readyNodesStep(kubernetes, machines.nodes),
    ],
  };
}
