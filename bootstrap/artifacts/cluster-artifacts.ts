import { findDockerClient } from '../lib/docker.ts';
import { UserError } from '../lib/errors.ts';
import { once } from '../lib/once.ts';
import type { Report } from '../lib/progress.ts';
import { listAddons } from '../settings/addons.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Cluster, Context } from '../settings/context.ts';
import { asksForSignatures } from '../settings/image-signatures.ts';
import { listAddonImages } from './addon-images.ts';
import type { ArtifactSource } from './artifact-source.ts';
import { DOWNLOAD_LIMITS } from './download-settings.ts';
import { type ImageBuilder, provideImageArchive } from './image.ts';
import { listObservabilityImages } from './observability.ts';
import { createPackagesSource } from './packages-source.ts';
import { PINNED_CHECKSUMS } from './pinned-checksums.ts';
import { withCarriedImages } from './release-images.ts';
import { createReleaseSource } from './release-source.ts';
import { listServiceImages, provideServiceImages, type ServiceImage } from './service-images.ts';
import type { Source } from './source.ts';

/** Everything that a cluster is made of, from its source and from services/. */
export interface ClusterArtifacts {
  readonly source: ArtifactSource;
  /** What builds images on this machine. */
  readonly findBuilder: () => Promise<ImageBuilder>;
  readonly listServiceImages: () => Promise<readonly ServiceImage[]>;
  /** Builds our images; returns one archive of them all. */
  readonly provideServiceArchive: (report: Report) => Promise<string>;
}

/**
 * The artifacts of a cluster. Nothing is built before it is asked for.
 *
 * @param carriesImages whether machines get all images from here, because they can pull none
 */
export function createClusterArtifacts(
  context: Context,
  sourceName: Source,
  carriesImages = context.isOffline,
): ClusterArtifacts {
  const { shell, directories, repository, cluster } = context;
  if (sourceName === 'packages') requireNothingPulled(cluster);
  const findBuilder = once(() => findImageBuilder(context));
  const source =
    sourceName === 'packages'
      ? createPackagesSource(shell, findBuilder, directories.cache, cluster.settings.observability)
      : createRelease(context, findBuilder, carriesImages);
  const listImages = once(() => listServiceImages(repository, cluster.settings.images));
  return {
    source,
    findBuilder,
    listServiceImages: listImages,
    async provideServiceArchive(report) {
      const builder = await findBuilder();
      const baseKey = await source.provideBaseImages(report);
      const references = await provideServiceImages(builder, repository, await listImages(), baseKey, report);
      return await provideImageArchive(builder, references, directories.cache, report);
    },
  };
}

function createRelease(
  context: Context,
  findBuilder: () => Promise<ImageBuilder>,
  carriesImages: boolean,
): ArtifactSource {
  const isVerifying = asksForSignatures(context.cluster.settings.images.signatures);
  const source = createReleaseSource(context, DOWNLOAD_LIMITS, PINNED_CHECKSUMS, isVerifying);
  const { settings } = context.cluster;
  const others = async () => [
    ...(await listObservabilityImages(settings.observability)),
    ...(await listAddonImages(listAddons(settings))),
  ];
  return carriesImages ? withCarriedImages(source, context, findBuilder, others) : source;
}

/**
 * Where `auto` turns out to mean `packages`, leaving out silently what was asked for would be worse than to stop. Nodes
 * that others made pull all the same.
 */
function requireNothingPulled({ settings }: Cluster): void {
  const addons = isVagrant(settings.machines) ? listAddons(settings) : [];
  if (addons.length > 0)
    throw new UserError(
      `The images of add-ons are pulled, and here everything is built from packages: ${addons.map((name) => `addons.${name}`).join(', ')} can't be had.`,
      'Set them to false, or have the downloads of `release` reachable (./orchestrator.sh doctor).',
    );
  if (!asksForSignatures(settings.images.signatures)) return;
  throw new UserError(
    'Signatures of images (images.signatures) are verified where nodes pull them; here everything is built from packages, and cosign is not among them.',
    'Set images.signatures to {}, or have the downloads of `release` reachable (./orchestrator.sh doctor).',
  );
}

async function findImageBuilder({ shell, environment }: Context): Promise<ImageBuilder> {
  const docker = await findDockerClient(shell, environment.path);
  if (!docker)
    throw new UserError('There is no Docker client here that builds images.', './orchestrator.sh doctor');
  return { shell, docker, certificateAuthorities: environment.certificateAuthorities };
}
