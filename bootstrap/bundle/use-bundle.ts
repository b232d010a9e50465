import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createZstdDecompress } from 'node:zlib';
import { extract } from 'tar';
import { provideArtifact } from '../artifacts/artifact.ts';
import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { readImageIds } from '../artifacts/image.ts';
import { pruneCache, UNFINISHED } from '../artifacts/prune-cache.ts';
import { noteSource } from '../artifacts/source.ts';
import type { Report, Step } from '../lib/progress.ts';
import { addBox, hasBox } from '../machines/boxes.ts';
import { provideMachineImage } from '../machines/machine-image.ts';
import type { Context } from '../settings/context.ts';
import { BOX_PART, IMAGES_PART, parseArtifactPart } from './bundle-description.ts';
import { extractPart, type OpenedBundle, verifyBundle } from './bundle-file.ts';
import { noteBundle } from './noted-bundle.ts';

/** Where parts are put on their way into the cache. */
const UNPACKED = 'unpacked-bundle';

/**
 * Puts everything that is in a bundle where `create` looks for it: into the cache, into the engine, into Vagrant. What
 * is there already stays. The whole bundle is checked before any of it is used.
 */
export function useBundleStep(context: Context, bundle: OpenedBundle, artifacts: ClusterArtifacts): Step {
  const { description } = bundle;
  return {
    title: 'Unpack the bundle',
    run: async (report) => {
      await verifyBundle(bundle, (progress) => report(`checking it: ${progress}`));
      const { cache } = context.directories;
      await mkdir(join(cache, UNPACKED), { recursive: true });
      const folder = await mkdtemp(join(cache, UNPACKED, UNFINISHED));
      try {
        await unpackArtifacts(context, bundle, folder, report);
        await loadImages(bundle, artifacts, folder, report);
        await unpackBox(context, bundle, folder, report);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
      await pruneCache(join(cache, UNPACKED));
      // The source first: whoever finds the other note must not ask the network for it.
      await noteSource(context, description.source);
      await noteBundle(context, description);
      if (description.provider === 'docker') await requireMachineImage(context, artifacts, report);
      return `of ${description.commit.slice(0, 7)}`;
    },
  };
}

async function unpackArtifacts(
  { directories }: Context,
  bundle: OpenedBundle,
  folder: string,
  report: Report,
): Promise<void> {
  for (const { name: part } of bundle.description.parts) {
    const artifact = parseArtifactPart(part);
    if (!artifact) continue;
    const build = async (target: string) => {
      report(`unpacking ${artifact.name}`);
      const archive = join(folder, 'artifact.tar');
      await extractPart(bundle, part, archive, createZstdDecompress);
      await extract({ file: archive, cwd: target });
      await rm(archive);
    };
    await provideArtifact({ ...artifact, build }, directories.cache, report);
  }
}

async function loadImages(
  bundle: OpenedBundle,
  { findBuilder }: ClusterArtifacts,
  folder: string,
  report: Report,
): Promise<void> {
  const builder = await findBuilder();
  const images = Object.entries(bundle.description.images);
  const known = await readImageIds(
    builder,
    images.map(([reference]) => reference),
  );
  if (images.every(([reference, id]) => known.get(reference) === id)) return;
  report('unpacking the images');
  const archive = join(folder, 'images.tar');
  await extractPart(bundle, IMAGES_PART, archive, createZstdDecompress);
  report(`loading ${images.length} images`);
  await builder.shell.run(builder.docker.file, ['load', '--quiet', '--input', archive]);
}

async function unpackBox(
  { shell }: Context,
  bundle: OpenedBundle,
  folder: string,
  report: Report,
): Promise<void> {
  const { box, provider } = bundle.description;
  if (box === undefined || (await hasBox(shell, box, provider))) return;
  report(`adding the box ${box}`);
  const file = join(folder, BOX_PART);
  await extractPart(bundle, BOX_PART, file);
  await addBox(shell, box, provider, file);
}

/** Its recipe has Vagrant's public key in it, which another release of Vagrant may have changed. */
async function requireMachineImage(
  context: Context,
  { source, findBuilder }: ClusterArtifacts,
  report: Report,
): Promise<void> {
  const builder = await findBuilder();
  await provideMachineImage(context, builder, await source.provideBaseImages(report), report);
}
