import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { provideImageArchive } from '../artifacts/image.ts';
import { imageReference, provideServiceImages, type ServiceImage } from '../artifacts/service-images.ts';
import { once } from '../lib/once.ts';
import type { Report } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';

/** Builds images when they are first asked for, each once. */
export interface ImageSupply extends AsyncDisposable {
  /** Has the image in the engine. */
  build(image: ServiceImage, report: Report): Promise<void>;
  /** The file of an archive that has this image alone. It is there until the supply is disposed of. */
  saveArchive(image: ServiceImage, report: Report): Promise<string>;
  /** The file of the Docker client. */
  findDocker(): Promise<string>;
}

/**
 * @param artifacts gives what images are built with and based on
 * @param revision the commit that the sources are of; `undefined` where they are not committed yet
 */
export function createImageSupply(
  context: Context,
  artifacts: () => Promise<ClusterArtifacts>,
  revision: string | undefined,
): ImageSupply {
  const { repository, directories } = context;
  const archives = new Set<string>();
  const build = async (image: ServiceImage, report: Report) => {
    const { source, findBuilder } = await artifacts();
    const baseKey = await source.provideBaseImages(report);
    const labels = formatLabels(image, revision);
    await provideServiceImages(await findBuilder(), repository, [image], baseKey, report, labels);
  };
  const builds = rememberEach(build);
  const saves = rememberEach(async (image: ServiceImage, report: Report) => {
    await builds(image, report);
    const builder = await (await artifacts()).findBuilder();
    const archive = await provideImageArchive(builder, [imageReference(image)], directories.cache, report);
    archives.add(archive);
    return archive;
  });
  return {
    build: builds,
    saveArchive: saves,
    findDocker: async () => (await (await artifacts()).findBuilder()).docker.file,
    // An archive of each release would fill the disk; the engine has the image.
    async [Symbol.asyncDispose]() {
      for (const archive of archives) await rm(dirname(archive), { recursive: true, force: true });
    },
  };
}

/** The image's own words about where it comes from (https://github.com/opencontainers/image-spec/blob/main/annotations.md). */
function formatLabels({ tag }: ServiceImage, revision: string | undefined): Record<string, string> {
  const version = { 'org.opencontainers.image.version': tag };
  return revision === undefined ? version : { ...version, 'org.opencontainers.image.revision': revision };
}

/** A function that does its work once for each image, however often it is asked. */
function rememberEach<T>(
  work: (image: ServiceImage, report: Report) => Promise<T>,
): (image: ServiceImage, report: Report) => Promise<T> {
  const known = new Map<string, () => Promise<T>>();
  return async (image, report) => {
    const result = known.get(image.name) ?? once(() => work(image, report));
    known.set(image.name, result);
    return await result();
  };
}
