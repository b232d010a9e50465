import type { Command } from 'commander';
import { createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { withChosenSource } from '../artifacts/source.ts';
import { inspect } from '../checks/preflight.ts';
import { requireRepository } from '../lib/git.ts';
import { runSteps } from '../lib/progress.ts';
import { preflightStep } from '../steps/preflight-step.ts';
import { createSteps } from './create-steps.ts';
import { formatCreateSummary } from './create-summary.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

interface CreateOptions extends CommonOptions {
  readonly install: boolean;
}

/** `create`: from nothing, or from wherever an earlier run stopped, to a running cluster. */
export function registerCreate(program: Command): void {
  addCommonOptions(program.command('create').description('make the cluster, or go on where it stopped'))
    .option('--no-install', 'never install or start anything on this machine; say what is missing instead')
    .action((options: CreateOptions) =>
      runExclusiveSession('create', options, async ({ context, progress }) => {
        await requireRepository(context.shell, context.repository);
        await withChosenSource(context, async (source) => {
          const artifacts = createClusterArtifacts(context, source);
          const look = () => inspect(context, { fromPackages: source === 'packages' });
          const preflight = preflightStep(context, look, options.install);
          await runSteps([preflight, ...createSteps(context, artifacts, options.install)], progress);
        });
        process.stdout.write(formatCreateSummary(context));
      }),
    );
}
