import type { Command } from 'commander';
import { createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { withChosenSource } from '../artifacts/source.ts';
import { inspect } from '../checks/preflight.ts';
import { formatPush } from '../git-source/compare-with-source.ts';
import { requireRepository } from '../lib/git.ts';
import { runSteps } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { GIT_REMOTE, hasOwnGitServer } from '../settings/git-source.ts';
import { preflightStep } from '../steps/preflight-step.ts';
import { createSteps } from './create-steps.ts';
import { formatCreateSummary } from './create-summary.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

interface CreateOptions extends CommonOptions {
  readonly install: boolean;
}

/** The command by which a person deploys what they have committed. */
async function describePush(context: Context): Promise<string> {
  const { settings } = context.cluster;
  return hasOwnGitServer(settings)
    ? `git push ${GIT_REMOTE} ${settings.git.branch}`
    : await formatPush(context);
}

/** `create`: from nothing, or from wherever an earlier run stopped, to a running cluster. */
export function registerCreate(program: Command): void {
  addCommonOptions(program.command('create').description('make the cluster, or go on where it stopped'))
    .option('--no-install', 'never install or start anything on this machine; say what is missing instead')
    .action((options: CreateOptions) =>
      runExclusiveSession('create', options, async ({ context, progress }) => {
        await requireRepository(context.shell, context.repository, context.cluster.settings.git.path);
        await withChosenSource(context, async (source) => {
          const artifacts = createClusterArtifacts(context, source);
          const look = () => inspect(context, { fromPackages: source === 'packages' });
          const preflight = preflightStep(context, look, options.install);
          const stepOptions = { mayInstall: options.install, isWatched: progress.isTerminal };
          await runSteps([preflight, ...createSteps(context, artifacts, stepOptions)], progress);
        });
        process.stdout.write(formatCreateSummary(context, await describePush(context)));
      }),
    );
}
