import { type Command, Option } from 'commander';
import { createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { imageReference, listServiceImages } from '../artifacts/service-images.ts';
import { chooseSource } from '../artifacts/source.ts';
import { UserError } from '../lib/errors.ts';
import { readBranch, readHead, requireRepository } from '../lib/git.ts';
import { once } from '../lib/once.ts';
import { runSteps } from '../lib/progress.ts';
import { createImageSupply } from '../release/image-supply.ts';
import { createNodesTarget } from '../release/nodes-target.ts';
import { createRegistryTarget } from '../release/registry-target.ts';
import { planRelease, type ReleasePlan } from '../release/release-plan.ts';
import { releaseSteps } from '../release/release-steps.ts';
import type { ReleaseTarget } from '../release/release-target.ts';
import type { TestSelection } from '../release/test-services.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Cluster, Context } from '../settings/context.ts';
import { GIT_REMOTE, hasOwnGitServer } from '../settings/git-source.ts';
import { accessCluster } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession } from './session.ts';

interface ReleaseOptions extends CommonOptions {
  readonly push: boolean;
  /** `false` where it is --no-tests. */
  readonly tests: TestSelection | false;
  readonly message?: string;
}

/** `release`: builds, tests and delivers services, and commits their new tags; a push deploys them. */
export function registerRelease(program: Command): void {
  addCommonOptions(
    program.command('release').description('build, test and load services, and commit their new tags'),
  )
    .argument('<service...>', 'folders of services/')
    .option('--push', 'push the images to the registry in cluster.yaml instead of loading them', false)
    .addOption(
      new Option('--tests <which>', 'quick leaves out what takes minutes, and CI runs')
        .choices(['quick', 'all', 'none'])
        .default('quick'),
    )
    .option('--no-tests', 'the same as --tests none')
    .option('--message <text>', 'what the commit says')
    .action((services: string[], options: ReleaseOptions) =>
      runExclusiveSession('release', options, async ({ context, progress }) => {
        const { shell, repository, cluster } = context;
        await requireRepository(shell, repository, cluster.settings.git.path);
        if (options.push) requireNoIdentity(cluster);
        else requireNodesToLoad(cluster);
        const all = await listServiceImages(repository, cluster.settings.images);
        const plan = await planRelease({ shell, clone: repository, cluster: cluster.name }, all, services);
        const artifacts = once(async () => createClusterArtifacts(context, await chooseSource(context)));
        const revision = plan.files.length === 0 ? await readHead(shell, repository) : undefined;
        await using supply = createImageSupply(context, artifacts, revision);
        const target = options.push
          ? createRegistryTarget(context, plan.images, supply)
          : createNodesTarget(context, accessCluster(context), plan.images, supply);
        const kustomize = async () => (await (await artifacts()).source.provideTools(() => {})).kustomize;
        await runSteps(
          releaseSteps(context, {
            ...options,
            plan,
            target,
            supply,
            kustomize,
            tests: options.tests || 'none',
          }),
          progress,
        );
        process.stdout.write(`${await formatOutcome(context, plan, target)}\n`);
      }),
    );
}

/** Images are loaded over SSH, which only Vagrant's machines have for this program. */
function requireNodesToLoad({ name, settings }: Cluster): void {
  if (isVagrant(settings.machines)) return;
  throw new UserError(
    `The nodes of the cluster ${name} pull their images from ${settings.images.registry}: nothing can be loaded into them from here.`,
    'Publish there: the same command with --push.',
  );
}

/** Nodes take only what a workflow has signed, then: what is pushed from here would be in git and never run. */
function requireNoIdentity({ name, settings }: Cluster): void {
  const { identity } = settings.images.signatures;
  if (identity === undefined) return;
  throw new UserError(
    `The nodes of the cluster ${name} pull no image that ${identity} hasn't signed (images.signatures), and that is not you.`,
    'Push the change to GitHub, which builds and signs it, or load it into the nodes: the same command without --push.',
  );
}

/** The command by which the key's owner signs what was pushed; the key is no business of this program. */
function formatSigning(images: ReleasePlan['images']): string {
  const references = images.map(imageReference).join(' ');
  return `cosign sign --key cosign.key --use-signing-config=false --tlog-upload=false ${references}`;
}

/** What is there now, and what is left to do. */
async function formatOutcome(
  { shell, repository, cluster }: Context,
  { images, changed }: ReleasePlan,
  { place, isShared: isPushed }: ReleaseTarget,
): Promise<string> {
  const describe = (list: ReleasePlan['images']) => list.map(({ name, tag }) => `${name} ${tag}`).join(', ');
  if (changed.length === 0) return `nothing to release: ${describe(images)} is in git, and ${place}`;
  const { settings } = cluster;
  const { branch } = settings.git;
  const remote = hasOwnGitServer(settings) ? GIT_REMOTE : 'origin';
  const reference = (await readBranch(shell, repository)) === branch ? branch : `HEAD:${branch}`;
  const deploy = `git push ${remote} ${reference}`;
  const signing = isPushed && settings.images.signatures.key !== undefined ? [formatSigning(images)] : [];
  return `${describe(changed)} is in git, and ${place}; to deploy: ${[...signing, deploy].join(' && ')}`;
}
