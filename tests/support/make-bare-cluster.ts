import { createClusterArtifacts } from '../../bootstrap/artifacts/cluster-artifacts.ts';
import { chooseSource } from '../../bootstrap/artifacts/source.ts';
import { inspect } from '../../bootstrap/checks/preflight.ts';
import { accessCluster } from '../../bootstrap/commands/cluster-access.ts';
import { nodeSteps } from '../../bootstrap/commands/create-steps.ts';
import { runExclusiveSession } from '../../bootstrap/commands/session.ts';
import { runSteps } from '../../bootstrap/lib/progress.ts';
import { artifactSteps } from '../../bootstrap/steps/artifacts-step.ts';
import { preflightStep } from '../../bootstrap/steps/preflight-step.ts';

/**
 * Makes the machines of a cluster with Kubernetes on them, as `create` does, and nothing more: no Argo CD, no secret,
 * no commit. Argument: the cluster's name.
 */
const [, , cluster = ''] = process.argv;
await runExclusiveSession('create', { cluster, verbose: false }, async ({ context, progress }) => {
  const source = await chooseSource(context);
  const artifacts = createClusterArtifacts(context, source);
  const look = () => inspect(context, { fromPackages: source === 'packages' });
  const steps = [
    preflightStep(context, look, true),
    ...artifactSteps(artifacts),
    ...nodeSteps(context, artifacts, accessCluster(context)),
  ];
  await runSteps(steps, progress);
});
process.exit();
