import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import type { Finding } from '../checks/finding.ts';
import { inspect } from '../checks/preflight.ts';
import { inspectExisting } from '../existing/preflight.ts';
import { takeClusterStep } from '../existing/take-cluster-step.ts';
import type { Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { accessCluster } from './cluster-access.ts';

/** How the nodes of a cluster come to be. */
export interface ClusterProvision {
  /** Looks at all that `create` needs; changes nothing. */
  readonly inspect: () => Promise<Finding[]>;
  /** What is done as soon as all is known to be right. */
  readonly first: readonly Step[];
  /** What makes a cluster elsewhere. */
  readonly makeCluster: readonly Step[];
}

/**
 * How the nodes come to be, as the settings say.
 *
 * @param kubeconfig of a cluster that others made, where one is known
 */
export async function provideCluster(
  context: Context,
  artifacts: ClusterArtifacts,
  kubeconfig: string | undefined,
): Promise<ClusterProvision> {
  const { name } = artifacts.source;
  const fromPackages = name === 'packages';
  switch (context.cluster.settings.machines.provider) {
    case 'kubeconfig':
      return {
        inspect: () => inspectExisting(context, kubeconfig, fromPackages),
        first: [takeClusterStep(context, name, kubeconfig ?? '')],
        makeCluster: [],
      };
    case 'eks': {
      // AWS's library takes a while to load, and only they need it.
      const { provideEks } = await import('../eks/provide-eks.ts');
      const { inspect: inspection, steps } = provideEks(
        context,
        artifacts,
        accessCluster(context).kubernetes,
      );
      return { inspect: inspection, first: [], makeCluster: steps };
    }
    default:
      return { inspect: () => inspect(context, { fromPackages }), first: [], makeCluster: [] };
  }
}
