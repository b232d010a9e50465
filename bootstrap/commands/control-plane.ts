import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { requireOutsideOfClone } from '../control-plane/snapshot-file.ts';
import { runSteps } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { requireOwnMachines } from '../settings/vagrant-machines.ts';
import { providerPreflightStep } from '../steps/preflight-step.ts';
import { snapshotStep } from '../steps/snapshot-step.ts';
import { connectMaster, readAdminKubeconfig } from './cluster-access.ts';
import { registerControlPlaneRestore } from './control-plane-restore.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

/** `control-plane`: what keeps the cluster's own state, apart from the data of its components. */
export function registerControlPlane(program: Command): void {
  const group = program
    .command('control-plane')
    .description("snapshot and restore the control plane's data store");
  registerSnapshot(group);
  registerControlPlaneRestore(group);
}

function registerSnapshot(group: Command): void {
  addCommonOptions(group.command('snapshot').description('copy data store and credentials while it works'))
    .argument('[file]', "where to; in the cluster's data directory, unless given")
    .action((file: string | undefined, options: CommonOptions) =>
      runExclusiveSession('control-plane snapshot', options, async ({ context, progress }) => {
        requireOwnMachines(context, 'control-plane snapshot');
        const target = file === undefined ? defaultFile(context) : resolve(file);
        requireOutsideOfClone(context, target);
        await readAdminKubeconfig(context);
        const steps = [
          providerPreflightStep(context),
          snapshotStep(context, () => connectMaster(context), target),
        ];
        await runSteps(steps, progress);
        process.stdout.write(`${target} holds the keys of the cluster: keep it as you keep a password\n`);
      }),
    );
}

function defaultFile({ directories, cluster }: Context): string {
  const time = new Date().toISOString().replaceAll(':', '-').slice(0, 19);
  return join(directories.data, 'snapshots', `${cluster.name}-${time}.tar.gz`);
}
