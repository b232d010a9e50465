import { imageReference, type ServiceImage } from '../artifacts/service-images.ts';
import { describeError, UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import type { Report, Step } from '../lib/progress.ts';
import { NODE } from '../lib/resource-kinds.ts';
import { readDockerCredentials } from '../release/docker-credentials.ts';
import { openRegistry } from '../release/registry.ts';
import { repositoryPath } from '../release/registry-address.ts';
import type { Context } from '../settings/context.ts';

interface NodeStatus {
  readonly images?: readonly { readonly names?: readonly string[] }[];
  readonly nodeInfo?: { readonly operatingSystem?: string; readonly architecture?: string };
}

type RegistryContext = Pick<Context, 'cluster' | 'shell' | 'environment'>;

/**
 * Checks that the nodes, which nobody loads images into here, can have ours: each is on every node, or in the registry
 * for their platforms. Where the registry can't be asked from here, they may still reach it: that is said.
 */
export function pullableStep(
  context: RegistryContext,
  kubernetes: () => Promise<KubernetesClient>,
  listImages: () => Promise<readonly ServiceImage[]>,
): Step {
  return {
    title: 'Find the images',
    run: async (report) => {
      const nodes = await (await kubernetes()).list(NODE);
      if (nodes.length === 0) throw withoutNodes(context.cluster.name);
      const absent = (await listImages()).filter((image) => !nodes.every((node) => has(node, image)));
      if (absent.length === 0) return 'the nodes have them';
      return await requirePublished(context, absent, [...new Set(nodes.map(platformOf))], report);
    },
  };
}

/** Of none, every node would have every image. */
function withoutNodes(clusterName: string): UserError {
  return new UserError(
    `the cluster ${clusterName} has no nodes, and nothing has been changed in it`,
    'Give it nodes with what made it, then run the command again.',
  );
}

/** As {@link pullableStep}, for nodes that are yet to be made. */
export function publishedStep(
  context: RegistryContext,
  listImages: () => Promise<readonly ServiceImage[]>,
  platform: string,
): Step {
  return {
    title: 'Find the images',
    run: async (report) => requirePublished(context, await listImages(), [platform], report),
  };
}

/**
 * @returns where the images are, or that the registry can't be asked from here
 * @throws UserError that names those that the registry lacks
 */
async function requirePublished(
  { cluster, shell, environment }: RegistryContext,
  images: readonly ServiceImage[],
  platforms: readonly string[],
  report: Report,
): Promise<string> {
  const { registry } = cluster.settings.images;
  const client = openRegistry(
    registry,
    await readDockerCredentials(shell, environment.dockerConfig, registry),
  );
  const missing: string[] = [];
  for (const image of images) {
    report(image.name);
    const found = await client
      .readPlatforms(repositoryPath(registry, image.repository), image.tag)
      .catch((error: Error) => error);
    if (found instanceof Error) return `${registry} can't be asked from here (${describeError(found)})`;
    if (!platforms.every((platform) => found.has(platform))) missing.push(imageReference(image));
  }
  if (missing.length === 0) return `in ${registry}`;
  throw new UserError(
    `the nodes could not pull ${missing.join(', ')} (for ${platforms.join(', ')}), and nothing has been changed in the cluster`,
    'Publish them: push to GitHub, or ./orchestrator.sh release --push SERVICE... (docs/releases.md). images.registry and images.namespace in cluster.yaml say where.',
  );
}

/** Kubelets name the images that they have, the largest fifty unless told otherwise. */
function has(node: ManagedObject, image: ServiceImage): boolean {
  const { images = [] } = (node.status ?? {}) as NodeStatus;
  return images.some(({ names = [] }) => names.includes(imageReference(image)));
}

function platformOf(node: ManagedObject): string {
  const { nodeInfo } = (node.status ?? {}) as NodeStatus;
  return `${nodeInfo?.operatingSystem ?? 'linux'}/${nodeInfo?.architecture ?? 'amd64'}`;
}
