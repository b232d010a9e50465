import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type ClusterArtifacts, createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { chooseSource, type Source } from '../artifacts/source.ts';
import { VERSIONS } from '../artifacts/versions.ts';
import { certificateAuthorityOf, requireFitting } from '../control-plane/snapshot-description.ts';
import { readSnapshot, type Snapshot } from '../control-plane/snapshot-file.ts';
import { once } from '../lib/once.ts';
import { runSteps, type Step, type StepGroup } from '../lib/progress.ts';
import { connectMachines } from '../machines/remote.ts';
import { readMachineStates } from '../machines/vagrant.ts';
import type { Context } from '../settings/context.ts';
import { requireOwnMachines, vagrantMachines } from '../settings/vagrant-machines.ts';
import { artifactSteps } from '../steps/artifacts-step.ts';
import { encryptSecretsStep } from '../steps/encrypt-secrets-step.ts';
import { kubeconfigStep, nodesStep } from '../steps/nodes-step.ts';
import { oneMachinePreflightStep, providerPreflightStep } from '../steps/preflight-step.ts';
import {
  destroyMasterStep,
  loseMasterVolumesStep,
  nodesHeardStep,
  pushLackingStep,
  putBackStep,
  refuseLossStep,
  startServerStep,
} from '../steps/restore-steps.ts';
import { sealingKeysStep } from '../steps/sealing-keys.ts';
import { wholeStep } from '../steps/whole-step.ts';
import { accessCluster, connectMaster, readAdminKubeconfig } from './cluster-access.ts';
import { machineSteps } from './machine-steps.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

interface RestoreOptions extends CommonOptions {
  readonly newMachine: boolean;
  readonly force: boolean;
}

/** `control-plane restore`: puts a snapshot back, also into a master that is made anew. */
export function registerControlPlaneRestore(group: Command): void {
  addCommonOptions(
    group.command('restore').description('put a snapshot back; makes the master anew if it is gone'),
  )
    .argument('<file>', 'a snapshot of this cluster')
    .option('--new-machine', 'destroy the master, if it is there, and make it anew', false)
    .option('--force', 'with --new-machine: even if data on the master is lost that has no other copy', false)
    .action((file: string, options: RestoreOptions) =>
      runExclusiveSession('control-plane restore', options, async ({ context, progress }) => {
        requireOwnMachines(context, 'control-plane restore');
        const snapshot = await readSnapshot(resolve(file));
        const certificateAuthority = certificateAuthorityOf(await readAdminKubeconfig(context)) ?? '';
        const kubernetes = VERSIONS.kubernetes;
        requireFitting(snapshot.description, {
          cluster: context.cluster.name,
          certificateAuthority,
          kubernetes,
        });
        const { master } = vagrantMachines(context.cluster.settings);
        const isGone = (await readMachineStates(context)).get(master.name) === 'missing';
        const source = await chooseSource(context);
        const steps =
          isGone || options.newMachine
            ? newMasterSteps(context, createClusterArtifacts(context, source), snapshot, {
                isGone,
                isForced: options.force,
                source,
              })
            : restoreSteps(context, snapshot);
        await runSteps(steps, progress);
        process.stdout.write(`control plane restored, as it was ${snapshot.description.createdAt}\n`);
      }),
    );
}

function restoreSteps(context: Context, { serverFiles }: Snapshot): (Step | StepGroup)[] {
  const { kubernetes } = accessCluster(context);
  const findMaster = once(() => connectMaster(context));
  const startedAt = { ms: 0 };
  return [
    providerPreflightStep(context),
    putBackStep(findMaster, serverFiles),
    startServerStep(findMaster, startedAt),
    kubeconfigStep(context, () =>
      connectMachines(context, [vagrantMachines(context.cluster.settings).master.name]),
    ),
    nodesHeardStep(context, kubernetes, () => startedAt.ms),
    nodesStep(context, kubernetes),
    sealingKeysStep(context, kubernetes),
    // A snapshot may be older than that secrets are encrypted.
    encryptSecretsStep(kubernetes),
  ];
}

function newMasterSteps(
  context: Context,
  artifacts: ClusterArtifacts,
  { serverFiles }: Snapshot,
  options: { isGone: boolean; isForced: boolean; source: Source },
): (Step | StepGroup)[] {
  const { kubernetes } = accessCluster(context);
  const { name } = vagrantMachines(context.cluster.settings).master;
  const findMaster = once(() => connectMaster(context));
  const [makeMachine, installK3s] = machineSteps(context, artifacts, () => connectMachines(context, [name]), [
    name,
  ]);
  const startedAt = { ms: 0 };
  return [
    oneMachinePreflightStep(context, options.source),
    ...artifactSteps(artifacts),
    ...(options.isGone
      ? []
      : [refuseLossStep(kubernetes, name, options.isForced), destroyMasterStep(context)]),
    makeMachine,
    // Before K3s is there: it would begin a cluster of its own, which agents would join.
    putBackStep(findMaster, serverFiles),
    installK3s,
    startServerStep(findMaster, startedAt),
    kubeconfigStep(context, () => connectMachines(context, [name])),
    loseMasterVolumesStep(kubernetes, name),
    nodesHeardStep(context, kubernetes, () => startedAt.ms),
    nodesStep(context, kubernetes),
    sealingKeysStep(context, kubernetes),
    encryptSecretsStep(kubernetes),
    pushLackingStep(context, kubernetes),
    wholeStep(kubernetes),
  ];
}
