import type { Command } from 'commander';
import { runSteps } from '../lib/progress.ts';
import { requireAgent } from '../nodes/check-names.ts';
import { removeAgent } from '../nodes/edit-machines.ts';
import { requireOwnMachines, vagrantMachines } from '../settings/vagrant-machines.ts';
import { reachControlPlaneStep } from '../steps/control-plane-step.ts';
import { changeMachines } from '../steps/describe-machines-step.ts';
import { leaveSteps } from '../steps/leave-steps.ts';
import { providerPreflightStep } from '../steps/preflight-step.ts';
import { wholeStep } from '../steps/whole-step.ts';
import { accessCluster, readAdminKubeconfig } from './cluster-access.ts';
import { addDrainOptions, type DrainCommandOptions } from './node-drain.ts';
import { runExclusiveSession } from './session.ts';

/** `node remove`: takes an agent out of the cluster for good. */
export function registerNodeRemove(node: Command): void {
  const command = node.command('remove').description('take a machine out of the cluster, and destroy it');
  addDrainOptions(command, 'even if data is lost that has no other copy')
    .argument('<name>', 'the name of the machine')
    .action((name: string, { timeout, force, ...options }: DrainCommandOptions) =>
      runExclusiveSession('node remove', options, async ({ context, progress }) => {
        requireOwnMachines(context, 'node remove');
        requireAgent(vagrantMachines(context.cluster.settings), name, 'remove');
        await readAdminKubeconfig(context);
        const message = `Remove the machine ${name} from the cluster ${context.cluster.name}`;
        const change = await changeMachines(context, (text) => removeAgent(text, name), message);
        const { kubernetes } = accessCluster(context);
        const leaveOptions = { timeoutMs: timeout, isForced: force, isReplaced: false };
        const { leave, pushAgain } = leaveSteps(context, kubernetes, name, leaveOptions);
        const steps = [
          providerPreflightStep(context),
          reachControlPlaneStep(context, kubernetes),
          ...leave,
          change.step,
          pushAgain,
          wholeStep(kubernetes),
        ];
        await runSteps(steps, progress);
        process.stdout.write(`node ${name} removed\n`);
      }),
    );
}
