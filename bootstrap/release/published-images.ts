import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { imageReference, listServiceImages, type ServiceImage } from '../artifacts/service-images.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import type { Registry } from './registry.ts';
import { repositoryPath } from './registry-address.ts';

/** What every published image is built for: servers and laptops of both kinds. */
export const PLATFORMS = ['linux/amd64', 'linux/arm64'] as const;

/** The images of one cluster. */
export interface ClusterImages {
  readonly cluster: string;
  readonly images: readonly ServiceImage[];
}

/** The images of every cluster of a clone whose settings name this registry, tagged by what goes into them. */
export async function listClusterImages(clone: string, registry: string): Promise<ClusterImages[]> {
  const found: ClusterImages[] = [];
  for (const cluster of (await readdir(join(clone, 'clusters'))).sort()) {
    const { images } = await readClusterSettings(clone, cluster);
    if (images.registry === registry) found.push({ cluster, images: await listServiceImages(clone, images) });
  }
  return found;
}

/** Tells whether the registry has an image for every platform. A tag is given to what is whole only. */
export async function isPublished(registry: Registry, host: string, image: ServiceImage): Promise<boolean> {
  const platforms = await registry.readPlatforms(repositoryPath(host, image.repository), image.tag);
  return PLATFORMS.every((platform) => platforms.has(platform));
}

/** The images that the registry lacks, each once, however many clusters name it. */
export async function listUnpublished(
  registry: Registry,
  host: string,
  clusters: readonly ClusterImages[],
): Promise<ServiceImage[]> {
  const all = new Map(
    clusters.flatMap(({ images }) => images).map((image) => [imageReference(image), image]),
  );
  const missing: ServiceImage[] = [];
  for (const image of all.values()) if (!(await isPublished(registry, host, image))) missing.push(image);
  return missing;
}
