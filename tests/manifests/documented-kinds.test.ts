import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildManifests } from './support/built-manifests.ts';
import { provideManifestTools } from './support/tools.ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'questions.md');

const { kustomize } = await provideManifestTools();
const manifests = await buildManifests(kustomize);

test('every kind that is deployed is explained, with the command that shows it', async () => {
  const rows = (await readFile(DOCUMENT, 'utf8')).matchAll(
    /^\| ([A-Z]\w+(?:, [A-Z]\w+)*) \|.*`kubectl .*` \|$/gm,
  );
  const explained = new Set([...rows].flatMap(([, kinds = '']) => kinds.split(', ')));
  const deployed = new Set(manifests.flatMap(({ objects }) => objects.map(({ kind }) => kind ?? '')));
  expect(deployed.size).toBeGreaterThan(15);
  expect([...deployed].filter((kind) => !explained.has(kind))).toEqual([]);
});
