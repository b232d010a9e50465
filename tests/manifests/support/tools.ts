import { join } from 'node:path';
import { ENGINE_MODULE } from '../../../bootstrap/artifacts/engine.ts';
import { provideGoTools } from '../../support/go-tools.ts';

/** The files of the programs that build and check manifests, compiled once. */
export async function provideManifestTools(): Promise<{ kustomize: string; kubeconform: string }> {
  const folder = await provideGoTools('manifest-tools', join(import.meta.dirname, '..', 'tools'));
  return { kustomize: join(folder, 'kustomize'), kubeconform: join(folder, 'kubeconform') };
}

/** The file of the program that seals and opens secrets, of the version that clusters have. */
export async function provideKubeseal(): Promise<string> {
  const packages = ['github.com/bitnami/sealed-secrets/cmd/kubeseal'];
  return join(await provideGoTools('kubeseal', ENGINE_MODULE, packages), 'kubeseal');
}
