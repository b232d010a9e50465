import type { Command } from 'commander';
import { type ClusterArtifacts, createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { withChosenSource } from '../artifacts/source.ts';
import { openBundleFor, requireContents } from '../bundle/fitting-bundle.ts';
import { forgetBundle, withoutNetwork } from '../bundle/noted-bundle.ts';
import { useBundleStep } from '../bundle/use-bundle.ts';
import { findKubeconfig } from '../existing/find-kubeconfig.ts';
import { formatPush } from '../git-source/compare-with-source.ts';
import { requireRepository } from '../lib/git.ts';
import { type ProgressOptions, runSteps, type Step, type StepGroup } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { clusterDirectories } from '../settings/directories.ts';
import { GIT_REMOTE, hasOwnGitServer } from '../settings/git-source.ts';
import { requireOwnMachines } from '../settings/vagrant-machines.ts';
import { preflightStep } from '../steps/preflight-step.ts';
import { createSteps } from './create-steps.ts';
import { formatCreateSummary } from './create-summary.ts';
import { printPlan } from './print-plan.ts';
import { provideCluster } from './provide-cluster.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

interface CreateOptions extends CommonOptions {
  readonly install: boolean;
  /** A file; `false` is to have a network again. */
  readonly bundle?: string | false;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly plan: boolean;
}

/** The folder of clusters/ that `--kubeconfig` is about where no other is named. */
const EXISTING_CLUSTER = 'existing';

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
    .option(
      '--kubeconfig <file>',
      `use the cluster of this kubeconfig instead of making machines; --cluster is \`${EXISTING_CLUSTER}\` then, unless given`,
    )
    .option('--context <name>', 'with --kubeconfig: which context of it; the current one, unless given')
    .option('--plan', 'only print what would be made in Amazon EKS, and what it costs', false)
    .action(async (given: CreateOptions, command: Command) => {
      const isNamed = command.getOptionValueSource('cluster') !== 'default';
      const options = given.kubeconfig && !isNamed ? { ...given, cluster: EXISTING_CLUSTER } : given;
      const { bundle } = options;
      if (bundle === false) await forgetBundle(clusterDirectories(options.cluster));
      await runExclusiveSession('create', options, async ({ context, progress }) => {
        await requireRepository(context.shell, context.repository, context.cluster.settings.git.path);
        const kubeconfig = await findKubeconfig(context, options);
        if (options.plan) return await printPlan(context);
        if (bundle) await createFromBundle(context, bundle, options, progress);
        else
          await withChosenSource(context, async (source) => {
            const artifacts = createClusterArtifacts(context, source);
            await runSteps(
              await allSteps(context, artifacts, { ...options, kubeconfig }, progress),
              progress,
            );
          });
        process.stdout.write(await formatCreateSummary(context, await describePush(context)));
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
  // Nodes elsewhere pull their images.
  requireOwnMachines(online, 'create --bundle');
  const context = withoutNetwork(online);
  const bundle = await openBundleFor(context, file);
  const artifacts = createClusterArtifacts(context, bundle.description.source);
  await requireContents(bundle, artifacts);
  const unpack = useBundleStep(context, bundle, artifacts);
  const { install } = options;
  await runSteps(
    await allSteps(context, artifacts, { install, kubeconfig: undefined }, progress, [unpack]),
    progress,
  );
}

/** @param unpack what is done as soon as the machine is known to be ready */
async function allSteps(
  context: Context,
  artifacts: ClusterArtifacts,
  { install, kubeconfig }: Pick<CreateOptions, 'install'> & { readonly kubeconfig: string | undefined },
  progress: ProgressOptions,
  unpack: readonly Step[] = [],
): Promise<(Step | StepGroup)[]> {
  const { inspect, first, makeCluster } = await provideCluster(context, artifacts, kubeconfig);
  const stepOptions = { mayInstall: install, isWatched: progress.isTerminal, makeCluster };
  return [
    preflightStep(context, inspect, install),
    ...first,
    ...unpack,
    ...createSteps(context, artifacts, stepOptions),
  ];
}
