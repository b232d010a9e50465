import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderSealedSecrets } from '../../../bootstrap/artifacts/sealed-secrets.ts';
import { buildInstallation } from '../../../bootstrap/lib/kustomize.ts';
import type { ManagedObject } from '../../../bootstrap/lib/managed-object.ts';
import { shell, TEST_CACHE } from '../../support/go-tools.ts';
import { findArgoCdSource } from './schemas.ts';
import { provideHelm } from './tools.ts';

const BOOTSTRAP = join(import.meta.dirname, '..', '..', '..', 'bootstrap');

/** Argo CD's install manifest, as it is published. */
export async function readArgoCdManifest(): Promise<string> {
  return await readFile(join(await findArgoCdSource(), 'manifests', 'install.yaml'), 'utf8');
}

/** What `create` installs of Argo CD. */
export async function buildArgoCd(kustomize: string): Promise<ManagedObject[]> {
  return await buildInstallation(shell, kustomize, join(BOOTSTRAP, 'argocd'), await readArgoCdManifest());
}

/** What `create` installs of sealed-secrets. */
export async function buildSealedSecrets(kustomize: string): Promise<ManagedObject[]> {
  const manifest = await renderSealedSecrets(shell, provideHelm, TEST_CACHE, () => {});
  return await buildInstallation(shell, kustomize, join(BOOTSTRAP, 'sealed-secrets'), manifest);
}
