import { glob } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { buildKustomization } from '../../../bootstrap/lib/kustomize.ts';
import type { ManagedObject } from '../../../bootstrap/lib/managed-object.ts';
import { shell } from '../../support/go-tools.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

/** What Argo CD applies from one folder of a cluster. */
export interface BuiltManifest {
  /** The folder, from the repository's. */
  readonly folder: string;
  readonly objects: readonly ManagedObject[];
}

/** The root of the cluster `local` if it had every add-on; those that come with the repository have none. */
export const WITH_ADDONS = 'tests/manifests/with-addons';

/** Builds what is in clusters/: of every cluster the root, and each component; and a root with every add-on. */
export async function buildManifests(kustomize: string): Promise<BuiltManifest[]> {
  const files = await Array.fromAsync(glob('clusters/**/kustomization.yaml', { cwd: REPOSITORY }));
  return await Promise.all(
    [...files.sort(), `${WITH_ADDONS}/kustomization.yaml`].map(async (file) => {
      const folder = dirname(join(REPOSITORY, file));
      const objects = await buildKustomization(shell, kustomize, folder);
      return { folder: relative(REPOSITORY, folder), objects };
    }),
  );
}
