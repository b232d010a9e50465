import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { readImageIds } from '../artifacts/image.ts';
import { imageReference } from '../artifacts/service-images.ts';
import { VERSIONS } from '../artifacts/versions.ts';
import { UserError } from '../lib/errors.ts';
import { listUncommitted, readBranch, readHead } from '../lib/git.ts';
import type { Report, Step } from '../lib/progress.ts';
import type { Shell } from '../lib/shell.ts';
import { splitBox } from '../machines/boxes.ts';
import { provideMachineImage } from '../machines/machine-image.ts';
import { chooseProvider } from '../machines/provider.ts';
import type { Context } from '../settings/context.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import { BUNDLE_FORMAT, type BundleDescription } from './bundle-description.ts';
import { type PartFile, writeBundle } from './bundle-file.ts';
import {
  describeChecksum,
  type PartContext,
  packArtifact,
  packBox,
  packImages,
  packNodeModules,
  packRepository,
  removeOldParts,
} from './bundle-parts.ts';

/** How many changed files a message names. */
const NAMED_FILES = 5;

/** @throws UserError unless all that is in the clone is in its last commit, with the whole history */
export async function requireWholeCommit(shell: Shell, repository: string): Promise<void> {
  const changed = await listUncommitted(shell, repository, '.');
  if (changed.length > 0)
    throw new UserError(
      `a bundle is of a commit, and these files are not as the last one has them:\n  ${changed.slice(0, NAMED_FILES).join('\n  ')}${changed.length > NAMED_FILES ? `\n  and ${changed.length - NAMED_FILES} more` : ''}`,
      'Commit them (git add --all && git commit), or put them aside (git stash --include-untracked).',
    );
  const shallow = await shell.run('git', ['-C', repository, 'rev-parse', '--is-shallow-repository']);
  if (shallow.stdout.trim() === 'true')
    throw new UserError(
      'this clone has only a part of the history, and what is cut off can not be cloned from a bundle',
      'git fetch --unshallow',
    );
}

/** Packs everything that `create` needs, once it was provided, and writes it into a file. */
export function makeBundleStep(context: Context, artifacts: ClusterArtifacts, file: string): Step {
  return {
    title: `Write ${file}`,
    run: async (report) => {
      const { repository, shell, directories, cluster, system } = context;
      const provider = await chooseProvider(context);
      const builder = await artifacts.findBuilder();
      const references = await listImages(context, artifacts, provider === 'docker', report);
      const images = await readImageIds(builder, references);
      requireAll(images, references);
      const packing: PartContext = { repository, shell, cache: directories.cache };
      const box = provider === 'docker' ? undefined : vagrantMachines(cluster.settings).box;
      const parts = [
        ...(await packClone(packing, report)),
        ...(await packArtifacts(artifacts, packing, report)),
        await packImages(builder, images, packing, report),
        ...(box === undefined ? [] : [await packBox(box, provider, packing, report)]),
      ];
      const description: BundleDescription = {
        format: BUNDLE_FORMAT,
        createdAt: new Date().toISOString(),
        commit: await readHead(shell, repository),
        source: artifacts.source.name,
        provider,
        platform: system.platform,
        architecture: system.architecture,
        versions: listVersions(artifacts),
        images: Object.fromEntries(images),
        ...(box === undefined ? {} : { box: splitBox(box).name }),
        parts: parts.map(({ part }) => part),
      };
      await writeBundle(file, description, parts, (progress) => report(`writing ${progress}`));
      await removeOldParts(packing);
      return undefined;
    },
  };
}

/** What is there before anything else is: the repository, and what its programs need to run. */
async function packClone(packing: PartContext, report: Report): Promise<PartFile[]> {
  const branch = await readBranch(packing.shell, packing.repository);
  const repository = await packRepository(packing, branch, report);
  const nodeModules = await packNodeModules(packing, report);
  return [repository, nodeModules, await describeChecksum(nodeModules, packing, report)];
}

async function packArtifacts(
  { source }: ClusterArtifacts,
  packing: PartContext,
  report: Report,
): Promise<PartFile[]> {
  const parts: PartFile[] = [];
  for (const path of await source.listArtifacts()) parts.push(await packArtifact(path, packing, report));
  return parts;
}

async function listImages(
  context: Context,
  { source, findBuilder, listServiceImages }: ClusterArtifacts,
  isContainer: boolean,
  report: Report,
): Promise<string[]> {
  const images = [...(await source.listImages(report)), ...(await listServiceImages()).map(imageReference)];
  if (!isContainer) return images;
  const baseKey = await source.provideBaseImages(report);
  return [...images, await provideMachineImage(context, await findBuilder(), baseKey, report)];
}

function requireAll(images: ReadonlyMap<string, string>, references: readonly string[]): void {
  const missing = references.filter((reference) => !images.has(reference));
  if (missing.length === 0) return;
  throw new UserError(
    `the engine has lost images meanwhile: ${missing.join(', ')}`,
    'Run the command again; they are provided anew.',
  );
}

function listVersions({ source }: ClusterArtifacts): Record<string, string> {
  const { argoCd, ...versions } = VERSIONS;
  return { ...versions, argoCd: argoCd[source.name] };
}
