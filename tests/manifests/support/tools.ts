import { join } from 'node:path';
import { provideGoTools } from '../../support/go-tools.ts';

/** The files of the programs that build and check manifests, compiled once. */
export async function provideManifestTools(): Promise<{ kustomize: string; kubeconform: string }> {
  const folder = await provideGoTools('manifest-tools', join(import.meta.dirname, '..', 'tools'));
  return { kustomize: join(folder, 'kustomize'), kubeconform: join(folder, 'kubeconform') };
}
