import type { ServiceImage } from '../artifacts/service-images.ts';
import type { Shell } from '../lib/shell.ts';
import { requireCommittedOverlay, requireNothingUnderWay } from './check-clone.ts';
import { chooseImages } from './choose-images.ts';
import { hasImage, listOverlays } from './image-tags.ts';
import { listReleasedFiles } from './released-files.ts';

/** What a release is about to do. */
export interface ReleasePlan {
  /** The images of the services that were named. */
  readonly images: readonly ServiceImage[];
  /** Those of them whose tag git doesn't have yet. */
  readonly changed: readonly ServiceImage[];
  /** What the commit takes besides the overlays, as paths in the clone. */
  readonly files: readonly string[];
  /** The overlays that name the images, as paths in the clone. */
  readonly overlays: readonly string[];
}

/** Where a release takes place. */
export interface ReleasePlace {
  readonly shell: Shell;
  readonly clone: string;
  /** The name of the cluster. */
  readonly cluster: string;
}

/**
 * Finds out what is to be released, and whether it can be; changes nothing.
 *
 * @param all every image of ours, tagged by what goes into it now
 * @param names the services that a person named
 * @throws UserError for a name that is no service, and for a clone whose state would be mixed into the commit
 */
export async function planRelease(
  { shell, clone, cluster }: ReleasePlace,
  all: readonly ServiceImage[],
  names: readonly string[],
): Promise<ReleasePlan> {
  const images = chooseImages(all, names);
  await requireNothingUnderWay(shell, clone);
  const changed: ServiceImage[] = [];
  const overlays: string[] = [];
  for (const image of images) {
    const paths = listOverlays(cluster, image.name);
    const committed = await Promise.all(
      paths.map((path) => requireCommittedOverlay(shell, clone, path, image)),
    );
    overlays.push(...paths);
    if (!committed.every((overlay) => hasImage(overlay, image))) changed.push(image);
  }
  const files = await listReleasedFiles(shell, clone, all, changed);
  return { images, changed, files, overlays };
}
