import type { Command } from 'commander';
import { runSteps, type Step } from '../lib/progress.ts';
import { chooseProvider } from '../machines/provider.ts';
import { startMachines } from '../machines/vagrant.ts';
import type { Context } from '../settings/context.ts';
import { eksMachines, requireOwnMachines } from '../settings/vagrant-machines.ts';
import { allApplicationsStep } from '../steps/applications-step.ts';
import { kubeconfigStep, nodesStep } from '../steps/nodes-step.ts';
import { providerPreflightStep } from '../steps/preflight-step.ts';
import { revivedStep, type StartedMachines } from '../steps/revived-step.ts';
import { wholeStep } from '../steps/whole-step.ts';
import { accessCluster, readAdminKubeconfig, requireMachines } from './cluster-access.ts';
import { nodesOfEksStep } from './eks-nodes.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

/** How far a machine's clock may lag behind the host's; a stop takes longer than that. */
const CLOCK_TOLERANCE_MS = 3000;

/** `start`: brings halted machines back, and waits until everything on them runs again. */
export function registerStart(program: Command): void {
  addCommonOptions(program.command('start').description('bring a stopped cluster back')).action(
    (options: CommonOptions) =>
      runExclusiveSession('start', options, async ({ context, progress }) => {
        const isEks = context.cluster.settings.machines.provider === 'eks';
        if (!isEks) requireOwnMachines(context, 'start');
        await readAdminKubeconfig(context);
        await runSteps(isEks ? await startEksSteps(context) : startSteps(context), progress);
        process.stdout.write('cluster started\n');
      }),
  );
}

async function startEksSteps(context: Context): Promise<Step[]> {
  const { kubernetes } = accessCluster(context);
  const startedAtMs = Date.now();
  return [
    await nodesOfEksStep(context, eksMachines(context.cluster).nodes),
    wholeStep(kubernetes),
    allApplicationsStep(kubernetes, () => startedAtMs),
  ];
}

function startSteps(context: Context): Step[] {
  const access = accessCluster(context);
  let started: StartedMachines = { names: new Set(), atMs: 0 };
  const machines: Step = {
    title: 'Start the machines',
    run: async (report) => {
      const states = await requireMachines(context);
      const stopped = [...states].filter(([, state]) => state !== 'running').map(([name]) => name);
      started = { names: new Set(stopped), atMs: Date.now() - CLOCK_TOLERANCE_MS };
      if (stopped.length === 0) return 'run already';
      await startMachines(context, { provider: await chooseProvider(context) }, report);
      return undefined;
    },
  };
  return [
    providerPreflightStep(context),
    machines,
    kubeconfigStep(context, access.machines),
    nodesStep(context, access.kubernetes),
    revivedStep(access.kubernetes, () => started),
    allApplicationsStep(access.kubernetes, () => started.atMs),
  ];
}
