import { join } from 'node:path';
import { ENGINE_MODULE } from '../../../bootstrap/artifacts/engine.ts';
import { provideGoTools, shell } from '../../support/go-tools.ts';
import { ARGO_CD_MODULE } from './schemas.ts';

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

/** Tells what the API server would refuse pods for; an empty text for those that it would not. */
export type FindRefusals = (templates: readonly object[]) => Promise<string[]>;

/**
 * Compiles what judges pods as the API server does, by its own package, where a namespace enforces the Pod Security
 * Standard "restricted".
 */
export async function providePodSecurity(): Promise<FindRefusals> {
  const folder = await provideGoTools('pod-security', join(import.meta.dirname, '..', 'pod-security'), ['.']);
  return async (templates) => {
    const input = JSON.stringify(templates);
    const { stdout } = await shell.run(join(folder, 'pod-security'), [], { input, isSecret: true });
    return JSON.parse(stdout) as string[];
  };
}

/** The file of Helm, of the version that sealed-secrets' chart is rendered with. */
export async function provideHelm(): Promise<string> {
  const packages = ['helm.sh/helm/v3/cmd/helm'];
  return join(await provideGoTools('helm', ARGO_CD_MODULE, packages), 'helm');
}
