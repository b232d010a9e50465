import type { Command } from 'commander';
import { type ClusterArtifacts, createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { chooseSource } from '../artifacts/source.ts';
import { findHolder } from '../checks/address-checks.ts';
import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { runSteps, type Step, type StepGroup } from '../lib/progress.ts';
import { connectMachines } from '../machines/remote.ts';
import { readMachineStates } from '../machines/vagrant.ts';
import { checkNewAgent } from '../nodes/check-names.ts';
import { addAgent } from '../nodes/edit-machines.ts';
import type { MachineSettings } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { requireOwnMachines, vagrantMachines } from '../settings/vagrant-machines.ts';
import { artifactSteps } from '../steps/artifacts-step.ts';
import { reachControlPlaneStep } from '../steps/control-plane-step.ts';
import { changeMachines } from '../steps/describe-machines-step.ts';
import { nodesStep } from '../steps/nodes-step.ts';
import { oneMachinePreflightStep } from '../steps/preflight-step.ts';
import { accessCluster, readAdminKubeconfig } from './cluster-access.ts';
import { machineSteps } from './machine-steps.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

interface NodeAddOptions extends CommonOptions {
  readonly address: string;
}

/** `node add`: one more agent, or goes on with one where an earlier run stopped. */
export function registerNodeAdd(node: Command): void {
  addCommonOptions(node.command('add').description('make one more machine, and have it join the cluster'))
    .argument('<name>', 'the name of the new machine')
    .requiredOption('--address <address>', 'its address, in the network of the others')
    .action((name: string, options: NodeAddOptions) =>
      runExclusiveSession('node add', options, async ({ context, progress }) => {
        requireOwnMachines(context, 'node add');
        const machine = { name, address: options.address };
        checkNewAgent(vagrantMachines(context.cluster.settings), machine);
        await readAdminKubeconfig(context);
        const message = `Add the machine ${name} to the cluster ${context.cluster.name}`;
        const change = await changeMachines(context, (text) => addAgent(text, machine), message);
        const changed = { ...context, cluster: { ...context.cluster, settings: change.settings } };
        await requireFreeAddress(changed, machine);
        const source = await chooseSource(context);
        const artifacts = createClusterArtifacts(context, source);
        const { kubernetes } = accessCluster(context);
        const steps = [
          oneMachinePreflightStep(context, source),
          reachControlPlaneStep(context, kubernetes),
          ...artifactSteps(artifacts),
          change.step,
          ...joinSteps(changed, artifacts, kubernetes, name),
        ];
        await runSteps(steps, progress);
        process.stdout.write(`node ${name} added\n`);
      }),
    );
}

/** From a machine in cluster.yaml to a node that is Ready. */
export function joinSteps(
  context: Context,
  artifacts: ClusterArtifacts,
  kubernetes: () => Promise<KubernetesClient>,
  name: string,
): (Step | StepGroup)[] {
  return [
    ...machineSteps(context, artifacts, () => connectMachines(context, [name]), [name]),
    nodesStep(context, kubernetes, [name]),
  ];
}

/** A machine of ours that an earlier run made has its own address, of course. */
async function requireFreeAddress(context: Context, { name, address }: MachineSettings): Promise<void> {
  const known = vagrantMachines(context.cluster.settings).agents.some((one) => one.name === name);
  const state = known ? (await readMachineStates(context)).get(name) : undefined;
  if (state !== undefined && state !== 'missing') return;
  const holder = await findHolder(address);
  if (holder) throw new UserError(`The address ${address} is taken: ${holder}.`, 'Choose another address.');
}
