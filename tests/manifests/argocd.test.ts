import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildInstallation } from '../../bootstrap/lib/kustomize.ts';
import { parseManifest } from '../../bootstrap/lib/manifests.ts';
import { shell } from '../support/go-tools.ts';
import { findArgoCdSource } from './support/schemas.ts';
import { secretsInArguments } from './support/secret-arguments.ts';
import { provideManifestTools } from './support/tools.ts';

const SETTINGS = join(import.meta.dirname, '..', '..', 'bootstrap', 'argocd');

const { kustomize } = await provideManifestTools();
const manifest = await readFile(join(await findArgoCdSource(), 'manifests', 'install.yaml'), 'utf8');
const installation = await buildInstallation(shell, kustomize, SETTINGS, manifest);

test('no part of Argo CD takes a secret in its arguments, as Redis does in the manifest as it is published', () => {
  expect(secretsInArguments(parseManifest(manifest))).toEqual(['argocd-redis/redis: REDIS_PASSWORD']);
  expect(secretsInArguments(installation)).toEqual([]);
});
