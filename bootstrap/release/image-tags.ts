import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ServiceImage } from '../artifacts/service-images.ts';
import { COMPONENTS } from '../cluster-folder/components.ts';
import { setImage } from '../cluster-folder/overlays.ts';

/** The part of a kustomization that names images (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images). */
const overlaySchema = z.object({
  images: z
    .array(
      z.object({ name: z.string(), newName: z.string().optional(), newTag: z.coerce.string().optional() }),
    )
    .nullish(),
});

/** The overlays in which a cluster names an image, as paths in the clone. */
export function listOverlays(cluster: string, image: string): string[] {
  return COMPONENTS.filter((component) => component.image === image).map(({ name }) =>
    join('clusters', cluster, 'apps', name, 'kustomization.yaml'),
  );
}

/** Whether an overlay names exactly this image. */
export function hasImage(overlay: string, { name, repository, tag }: ServiceImage): boolean {
  const { images } = overlaySchema.parse(parse(overlay));
  return (
    images?.some((one) => one.name === name && one.newName === repository && one.newTag === tag) ?? false
  );
}

/**
 * Writes an image's name and tag into the overlays of a cluster, where it is another.
 *
 * @returns the paths of the files that are different now
 */
export async function writeImageTag(clone: string, cluster: string, image: ServiceImage): Promise<string[]> {
  const changed: string[] = [];
  for (const path of listOverlays(cluster, image.name)) {
    const file = join(clone, path);
    const overlay = await readFile(file, 'utf8');
    if (hasImage(overlay, image)) continue;
    await writeFile(file, setImage(overlay, image, path));
    changed.push(path);
  }
  return changed;
}
