import { imageReference, type ServiceImage } from '../artifacts/service-images.ts';
import { UserError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { readDockerCredentials } from './docker-credentials.ts';
import type { ImageSupply } from './image-supply.ts';
import { openRegistry, type Registry } from './registry.ts';
import { repositoryPath } from './registry-address.ts';
import type { ReleaseTarget } from './release-target.ts';

/** Delivers images to the registry of cluster.yaml, from which the nodes pull them. */
export function createRegistryTarget(
  context: Context,
  images: readonly ServiceImage[],
  supply: ImageSupply,
): ReleaseTarget {
  const { shell, environment, cluster } = context;
  const { registry, namespace } = cluster.settings.images;
  const open = async () =>
    openRegistry(registry, await readDockerCredentials(shell, environment.dockerConfig, registry));
  return {
    reach: {
      title: `Reach ${registry}`,
      run: async () => await requireAccess(await open(), registry),
    },
    deliver: [
      {
        title: `Push to ${registry}/${namespace}`,
        run: async (report) => await pushImages(context, await open(), images, supply, report),
      },
    ],
    isShared: true,
    place: `in ${registry}/${namespace}`,
  };
}

/** @returns a sentence where the registry had them all */
async function pushImages(
  { shell, cluster, system }: Context,
  client: Registry,
  images: readonly ServiceImage[],
  supply: ImageSupply,
  report: Report,
): Promise<string | undefined> {
  const { registry } = cluster.settings.images;
  const missing: ServiceImage[] = [];
  for (const image of images) {
    const platforms = await client.readPlatforms(repositoryPath(registry, image.repository), image.tag);
    if (!platforms.has(`linux/${system.architecture}`)) missing.push(image);
  }
  for (const image of missing) {
    await supply.build(image, report);
    const onLine = (line: string) => report(`${image.name}: ${line}`);
    await shell.run(await supply.findDocker(), ['push', imageReference(image)], { onLine });
  }
  return missing.length === 0 ? 'is there already' : undefined;
}

async function requireAccess(client: Registry, registry: string): Promise<void> {
  const access = await client.checkAccess();
  if (access === 'open' || access === 'admitted') return;
  throw new UserError(
    access === 'refused'
      ? `${registry} does not take your login.`
      : `You are not logged in to ${registry}, and only who is may push there.`,
    `docker login ${registry === 'docker.io' ? '' : registry}`.trim(),
  );
}
