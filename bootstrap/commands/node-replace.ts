import type { Command } from 'commander';
import { createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { chooseSource } from '../artifacts/source.ts';
import { runSteps } from '../lib/progress.ts';
import { requireAgent } from '../nodes/check-names.ts';
import { requireOwnMachines, vagrantMachines } from '../settings/vagrant-machines.ts';
import { artifactSteps } from '../steps/artifacts-step.ts';
import { reachControlPlaneStep } from '../steps/control-plane-step.ts';
import { leaveSteps } from '../steps/leave-steps.ts';
import { oneMachinePreflightStep } from '../steps/preflight-step.ts';
import { wholeStep } from '../steps/whole-step.ts';
import { accessCluster, readAdminKubeconfig } from './cluster-access.ts';
import { joinSteps } from './node-add.ts';
import { addDrainOptions, type DrainCommandOptions } from './node-drain.ts';
import { runExclusiveSession } from './session.ts';

/** `node replace`: a new machine in the place of one that is broken or gone for good. */
export function registerNodeReplace(node: Command): void {
  const command = node
    .command('replace')
    .description('make a machine anew that is broken or gone; what was on it clones itself');
  addDrainOptions(command, 'even if data is lost that has no other copy')
    .argument('<name>', 'the name of the machine')
    .action((name: string, { timeout, force, ...options }: DrainCommandOptions) =>
      runExclusiveSession('node replace', options, async ({ context, progress }) => {
        requireOwnMachines(context, 'node replace');
        requireAgent(vagrantMachines(context.cluster.settings), name, 'replace');
        await readAdminKubeconfig(context);
        const source = await chooseSource(context);
        const artifacts = createClusterArtifacts(context, source);
        const { kubernetes } = accessCluster(context);
        const leaveOptions = { timeoutMs: timeout, isForced: force, isReplaced: true };
        const { leave, pushAgain } = leaveSteps(context, kubernetes, name, leaveOptions);
        const steps = [
          oneMachinePreflightStep(context, source),
          reachControlPlaneStep(context, kubernetes),
          ...artifactSteps(artifacts),
          ...leave,
          ...joinSteps(context, artifacts, kubernetes, name),
          pushAgain,
          wholeStep(kubernetes),
        ];
        await runSteps(steps, progress);
        process.stdout.write(`node ${name} replaced\n`);
      }),
    );
}
