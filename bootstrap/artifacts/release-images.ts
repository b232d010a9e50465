import { join } from 'node:path';
import { buildInstallation } from '../lib/kustomize.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import type { Report } from '../lib/progress.ts';
import type { ArtifactSource } from './artifact-source.ts';
import { FINISHED_DOWNLOADS, keyOf, provideDownload } from './download.ts';
import { DOWNLOAD_LIMITS, type DownloadLimits } from './download-settings.ts';
import { type ImageBuilder, provideImageArchive, pullImage } from './image.ts';
import { PINNED_CHECKSUMS, type PinnedChecksums } from './pinned-checksums.ts';
import { k3sImagesDownload, listReleaseDownloads } from './release-downloads.ts';
import { describeUnpinned, downloadSettings, type ReleaseContext } from './release-source.ts';

/** The kustomizations of what is installed from other projects' manifests. */
const ARGO_CD = join(import.meta.dirname, '..', 'argocd');
const SEALED_SECRETS = join(import.meta.dirname, '..', 'sealed-secrets');

/**
 * The source `release` for machines that can't pull images: those of K3s come as the archive that belongs to its
 * release, those of the controllers are pulled here.
 *
 * @param others the images that are pulled besides
 */
export function withCarriedImages(
  source: ArtifactSource,
  context: ReleaseContext,
  findBuilder: () => Promise<ImageBuilder>,
  others: () => Promise<readonly string[]>,
  limits: DownloadLimits = DOWNLOAD_LIMITS,
  pinned: PinnedChecksums = PINNED_CHECKSUMS,
): ArtifactSource {
  const settings = downloadSettings(context, limits);
  const k3sImages = k3sImagesDownload(context.system);
  const provideControllerImages = async (report: Report) => {
    const builder = await findBuilder();
    const { kustomize } = await source.provideTools(report);
    const manifests = await source.provideManifests(report);
    const installed = [
      ...(await buildInstallation(builder.shell, kustomize, ARGO_CD, manifests.argoCd)),
      ...(await buildInstallation(builder.shell, kustomize, SEALED_SECRETS, manifests.sealedSecrets)),
    ];
    const images = [...listImagesOf(installed), ...(await others())];
    for (const image of images) await pullImage(builder, image, report);
    return images;
  };
  return {
    ...source,
    remark: describeUnpinned([...Object.values(listReleaseDownloads(context.system)), k3sImages], pinned),
    provideImageArchives: async (report) => {
      const k3s = await provideDownload(k3sImages, pinned, settings, report);
      const images = await provideControllerImages(report);
      const controllers = await provideImageArchive(await findBuilder(), images, settings.cache, report);
      return new Map([
        ['k3s', k3s],
        ['controllers', controllers],
      ]);
    },
    listArtifacts: async () => [
      ...(await source.listArtifacts()),
      `${FINISHED_DOWNLOADS}/${keyOf(k3sImages, pinned)}`,
    ],
    listImages: provideControllerImages,
  };
}

/** The images that pods of the objects run, each once. */
export function listImagesOf(objects: readonly ManagedObject[]): string[] {
  const images = new Set<string>();
  for (const object of objects) collectImages(object, images);
  return [...images].sort();
}

/** In every kind of workload, and wherever in it, what runs in a pod is in a list of containers. */
function collectImages(value: unknown, images: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (/^(initC|c)ontainers$/.test(key) && Array.isArray(inner))
      for (const container of inner) if (typeof container?.image === 'string') images.add(container.image);
    collectImages(inner, images);
  }
}
