import type { Command } from 'commander';
import { runSteps } from '../lib/progress.ts';
import { haltMachines } from '../machines/vagrant.ts';
import { requireMachines } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

/** `stop`: halts the machines; all data stays on their disks. */
export function registerStop(program: Command): void {
  addCommonOptions(program.command('stop').description('halt the machines; nothing is lost')).action(
    (options: CommonOptions) =>
      runExclusiveSession('stop', options, async ({ context, progress }) => {
        await requireMachines(context);
        const halt = {
          title: 'Halt the machines',
          run: (report: (activity: string) => void) => haltMachines(context, report),
        };
        await runSteps([halt], progress);
        process.stdout.write('cluster stopped\n');
      }),
  );
}
