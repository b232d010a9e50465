import { findDockerClient } from '../lib/docker.ts';
import { UserError } from '../lib/errors.ts';
import { once } from '../lib/once.ts';
import type { Report } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import type { ArtifactSource } from './artifact-source.ts';
import { type ImageBuilder, provideImageArchive } from './image.ts';
import { createPackagesSource } from './packages-source.ts';
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
  const findBuilder = once(() => findImageBuilder(context));
  const source =
    sourceName === 'packages'
      ? createPackagesSource(shell, findBuilder, directories.cache)
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
  const source = createReleaseSource(context);
  return carriesImages ? withCarriedImages(source, context, findBuilder) : source;
}

async function findImageBuilder({ shell, environment }: Context): Promise<ImageBuilder> {
  const docker = await findDockerClient(shell, environment.path);
  if (!docker)
    throw new UserError('There is no Docker client here that builds images.', './orchestrator.sh doctor');
  return { shell, docker, certificateAuthorities: environment.certificateAuthorities };
}
