import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../lib/progress.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import { exists } from './artifact.ts';
import { hashText } from './content-hash.ts';
import { type ImageBuilder, provideImage } from './image.ts';
import { deriveImageTag } from './image-inputs.ts';

/** An image of ours. */
export interface ServiceImage {
  /** The folder in services/, and the name by which the bases in apps/ call the image. */
  readonly name: string;
  /** Registry, namespace and name, without a tag. */
  readonly repository: string;
  readonly tag: string;
}

/** All images of ours, tagged by what goes into them now. */
export async function listServiceImages(
  clone: string,
  settings: ClusterSettings['images'],
): Promise<ServiceImage[]> {
  const services = join(clone, 'services');
  const images: ServiceImage[] = [];
  for (const name of (await readdir(services)).sort()) {
    if (!(await exists(join(services, name, 'Dockerfile')))) continue;
    const tag = await deriveImageTag(services, `${name}/Dockerfile`);
    images.push({ name, repository: `${settings.registry}/${settings.namespace}/${name}`, tag });
  }
  return images;
}

/** The whole name of an image. */
export function imageReference({ repository, tag }: ServiceImage): string {
  return `${repository}:${tag}`;
}

/**
 * Builds the images that the engine doesn't have.
 *
 * @param baseKey names what the base images were made of, so that other bases make other images
 * @param labels what the images that are built now tell of themselves
 */
export async function provideServiceImages(
  builder: ImageBuilder,
  clone: string,
  images: readonly ServiceImage[],
  baseKey: string,
  report: Report,
  labels: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const folder = join(clone, 'services');
  for (const image of images) {
    const dockerfile = join(folder, image.name, 'Dockerfile');
    const reference = imageReference(image);
    const recipe = { reference, key: hashText(image.tag, baseKey), dockerfile, folder, labels };
    await provideImage(builder, recipe, report);
  }
  return images.map(imageReference);
}
