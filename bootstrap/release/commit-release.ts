import { dirname, join } from 'node:path';
import { imageReference, listServiceImages } from '../artifacts/service-images.ts';
import { UserError } from '../lib/errors.ts';
import { commitPaths } from '../lib/git.ts';
import { buildKustomization } from '../lib/kustomize.ts';
import type { Context } from '../settings/context.ts';
import { listOverlays, writeImageTag } from './image-tags.ts';
import { formatReleaseMessage } from './release-message.ts';
import type { ReleasePlan } from './release-plan.ts';

/**
 * Writes the new tags, sees that kustomize makes pods with them, and commits them with the sources.
 *
 * @param kustomize the program's file
 * @param message what the commit says, unless it is to name the images
 * @returns the commit, or `undefined` where git had it all
 * @throws UserError when the sources are others by now than those that were built
 */
export async function commitRelease(
  { repository, cluster, shell }: Pick<Context, 'repository' | 'cluster' | 'shell'>,
  plan: ReleasePlan,
  kustomize: string,
  message = formatReleaseMessage(plan.changed),
): Promise<string | undefined> {
  const current = await listServiceImages(repository, cluster.settings.images);
  for (const { name, tag } of plan.changed) {
    if (current.some((image) => image.name === name && image.tag === tag)) continue;
    throw new UserError(
      `The sources of ${name} have changed since the build began, so ${tag} is not what they make.`,
      'Run the command again: it builds them as they are now.',
    );
  }
  for (const image of plan.images) {
    await writeImageTag(repository, cluster.name, image);
    for (const overlay of listOverlays(cluster.name, image.name)) {
      const objects = await buildKustomization(shell, kustomize, join(repository, dirname(overlay)));
      if (JSON.stringify(objects).includes(`"image":"${imageReference(image)}"`)) continue;
      throw new UserError(
        `${overlay} makes no pod that runs ${imageReference(image)}.`,
        `See what it makes: kustomize build ${dirname(overlay)}. The base in apps/ has to call the image ${image.name}.`,
      );
    }
  }
  return await commitPaths(shell, repository, [...plan.files, ...plan.overlays], message);
}
