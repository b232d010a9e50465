import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ManagedObject } from './managed-object.ts';
import { parseManifest } from './manifests.ts';
import type { Shell } from './shell.ts';

/** The objects that a kustomization makes. `kustomize` is the program's file. */
export async function buildKustomization(
  shell: Shell,
  kustomize: string,
  folder: string,
): Promise<ManagedObject[]> {
  const built = await shell.run(kustomize, ['build', folder], { isSecret: true });
  return parseManifest(built.stdout);
}

/**
 * The objects of somebody else's manifest with our settings on top.
 *
 * @param settings the folder of a kustomization that has the manifest as its resource `install.yaml`
 */
export async function buildInstallation(
  shell: Shell,
  kustomize: string,
  settings: string,
  manifest: string,
): Promise<ManagedObject[]> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-'));
  try {
    await cp(settings, folder, { recursive: true });
    await writeFile(join(folder, 'install.yaml'), manifest);
    return await buildKustomization(shell, kustomize, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
