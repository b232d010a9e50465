import type { Command } from 'commander';
import { runSteps, type Step } from '../lib/progress.ts';
import { haltMachines } from '../machines/vagrant.ts';
import type { Context } from '../settings/context.ts';
import { requireOwnMachines } from '../settings/vagrant-machines.ts';
import { requireMachines } from './cluster-access.ts';
import { nodesOfEksStep } from './eks-nodes.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

async function stopStep(context: Context): Promise<Step> {
  if (context.cluster.settings.machines.provider === 'eks') return await nodesOfEksStep(context, 0);
  requireOwnMachines(context, 'stop');
  await requireMachines(context);
  return { title: 'Halt the machines', run: (report) => haltMachines(context, report) };
}

/** `stop`: halts the machines; all data stays on their disks. */
export function registerStop(program: Command): void {
  addCommonOptions(program.command('stop').description('halt the machines; nothing is lost')).action(
    (options: CommonOptions) =>
      runExclusiveSession('stop', options, async ({ context, progress }) => {
        await runSteps([await stopStep(context)], progress);
        process.stdout.write('cluster stopped\n');
      }),
  );
}
