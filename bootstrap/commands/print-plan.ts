import { createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { chooseSource } from '../artifacts/source.ts';
import type { Context } from '../settings/context.ts';
import { eksMachines } from '../settings/vagrant-machines.ts';

/**
 * Prints what `create` would make in Amazon EKS, and what it costs. Exits with 1 where it would not work.
 *
 * @throws UserError for a cluster that is made otherwise
 */
export async function printPlan(context: Context): Promise<void> {
  eksMachines(context.cluster);
  const { makePlan } = await import('../eks/eks-preflight.ts');
  const artifacts = createClusterArtifacts(context, await chooseSource(context));
  const { text, problems } = await makePlan(context, artifacts);
  process.stdout.write(`${text}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
