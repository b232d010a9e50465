import { homedir } from 'node:os';
import { join } from 'node:path';
import { provideArtifact } from '../../../bootstrap/artifacts/artifact.ts';
import { hashFiles } from '../../../bootstrap/artifacts/content-hash.ts';
import { ENGINE_MODULE } from '../../../bootstrap/artifacts/engine.ts';
import { buildGo } from '../../../bootstrap/artifacts/go-build.ts';
import { createShell, type Shell } from '../../../bootstrap/lib/shell.ts';

const TOOLS_MODULE = join(import.meta.dirname, '..', 'tools');

export const TEST_CACHE = join(homedir(), '.cache', 'orchestrator-tests');

const NO_LOG = { file: '', info: () => {}, error: () => {}, close: () => Promise.resolve() };

/** Runs programs without a log. */
export const shell: Shell = createShell(NO_LOG, new AbortController().signal);

/** The files of the programs that build and check manifests, compiled once. */
export async function provideManifestTools(): Promise<{ kustomize: string; kubeconform: string }> {
  const key = await hashFiles(TOOLS_MODULE, ['go.mod', 'go.sum']);
  const build = (folder: string) =>
    buildGo(shell, { module: TOOLS_MODULE, packages: ['tool'] }, `${folder}/`, () => {});
  const folder = await provideArtifact({ name: 'manifest-tools', key, build }, TEST_CACHE, () => {});
  return { kustomize: join(folder, 'kustomize'), kubeconform: join(folder, 'kubeconform') };
}

/** The file of the program that seals and opens secrets, of the version that clusters have. */
export async function provideKubeseal(): Promise<string> {
  const key = await hashFiles(ENGINE_MODULE, ['go.mod', 'go.sum']);
  const packages = ['github.com/bitnami/sealed-secrets/cmd/kubeseal'];
  const build = (folder: string) =>
    buildGo(shell, { module: ENGINE_MODULE, packages }, `${folder}/`, () => {});
  return join(await provideArtifact({ name: 'kubeseal', key, build }, TEST_CACHE, () => {}), 'kubeseal');
}
