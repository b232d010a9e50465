import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceImage } from '../artifacts/service-images.ts';
import { COMPONENTS, isDeployed } from '../cluster-folder/components.ts';
import { writeOverlays } from '../cluster-folder/overlays.ts';
import { buildKustomization } from '../lib/kustomize.ts';
import type { Context } from '../settings/context.ts';
import type { WorkloadObject } from './workload-object.ts';

/**
 * The objects of all components, as `create` would describe them with the settings as they are now. The clone stays as
 * it is.
 */
export async function describeComponents(
  { repository, cluster, shell }: Pick<Context, 'repository' | 'cluster' | 'shell'>,
  images: readonly ServiceImage[],
  kustomize: string,
): Promise<WorkloadObject[]> {
  const top = await mkdtemp(join(tmpdir(), 'orchestrator-plan-'));
  try {
    const folder = join(top, 'clusters', cluster.name);
    await cp(join(repository, 'apps'), join(top, 'apps'), { recursive: true });
    await mkdir(folder, { recursive: true });
    await cp(cluster.folder, folder, { recursive: true });
    await writeOverlays({ ...cluster, folder }, images);
    const built = COMPONENTS.filter((one) => isDeployed(one, cluster.settings)).map(({ name }) =>
      buildKustomization(shell, kustomize, join(folder, 'apps', name)),
    );
    // kustomize vouches for their form.
    return (await Promise.all(built)).flat() as WorkloadObject[];
  } finally {
    await rm(top, { recursive: true, force: true });
  }
}
