import type { Command } from 'commander';
import { type ClusterArtifacts, createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { withChosenSource } from '../artifacts/source.ts';
import { openBundleFor, requireContents } from '../bundle/fitting-bundle.ts';
import { forgetBundle, withoutNetwork } from '../bundle/noted-bundle.ts';
import { useBundleStep } from '../bundle/use-bundle.ts';
import { inspect } from '../checks/preflight.ts';
import { formatPush } from '../git-source/compare-with-source.ts';
import { requireRepository } from '../lib/git.ts';
import { type ProgressOptions, runSteps, type Step, type StepGroup } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { clusterDirectories } from '../settings/directories.ts';
import { GIT_REMOTE, hasOwnGitServer } from '../settings/git-source.ts';
import { preflightStep } from '../steps/preflight-step.ts';
import { createSteps } from './create-steps.ts';
import { formatCreateSummary } from './create-summary.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

interface CreateOptions extends CommonOptions {
  readonly install: boolean;
  /** A file; `false` is to have a network again. */
  readonly bundle?: string | false;
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
    .option('--bundle <file>', 'make it without a network, from what `bundle` has written')
    .option('--no-bundle', 'use the network again for a cluster that was made from a bundle')
    .action(async (options: CreateOptions) => {
      const { bundle } = options;
      if (bundle === false) await forgetBundle(clusterDirectories(options.cluster));
      await runExclusiveSession('create', options, async ({ context, progress }) => {
        await requireRepository(context.shell, context.repository, context.cluster.settings.git.path);
        if (bundle) await createFromBundle(context, bundle, options, progress);
        else
          await withChosenSource(context, async (source) => {
            const artifacts = createClusterArtifacts(context, source);
            await runSteps(allSteps(context, artifacts, options, progress), progress);
          });
        process.stdout.write(formatCreateSummary(context, await describePush(context)));
      });
    });
}

/** Without a network: everything is in the file, or else said to be missing before anything is made. */
async function createFromBundle(
  online: Context,
  file: string,
  options: CreateOptions,
  progress: ProgressOptions,
): Promise<void> {
  const context = withoutNetwork(online);
  const bundle = await openBundleFor(context, file);
  const artifacts = createClusterArtifacts(context, bundle.description.source);
  await requireContents(bundle, artifacts);
  const unpack = useBundleStep(context, bundle, artifacts);
  await runSteps(allSteps(context, artifacts, options, progress, [unpack]), progress);
}

/** @param first what is done as soon as the machine is known to be ready */
function allSteps(
  context: Context,
  artifacts: ClusterArtifacts,
  options: CreateOptions,
  progress: ProgressOptions,
  first: readonly Step[] = [],
): (Step | StepGroup)[] {
  const look = () => inspect(context, { fromPackages: artifacts.source.name === 'packages' });
  const stepOptions = { mayInstall: options.install, isWatched: progress.isTerminal };
  return [
    preflightStep(context, look, options.install),
    ...first,
    ...createSteps(context, artifacts, stepOptions),
  ];
}
