import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1ClusterRole } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { listAddonImages } from '../../bootstrap/artifacts/addon-images.ts';
import { formatRootKustomization } from '../../bootstrap/cluster-folder/overlays.ts';
import { ADDONS } from '../../bootstrap/settings/addons.ts';
import { readClusterSettings } from '../../bootstrap/settings/read-cluster-settings.ts';
import { buildManifests, WITH_ADDONS } from './support/built-manifests.ts';
import { containersOf, podsOf } from './support/pods.ts';
import { provideManifestTools } from './support/tools.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const { kustomize } = await provideManifestTools();
const manifests = await buildManifests(kustomize);
const objectsOf = (folder: string) => manifests.find((one) => one.folder === folder)?.objects ?? [];
const withAddons = objectsOf(WITH_ADDONS);
const without = objectsOf('clusters/local');
const nameOf = ({ kind, metadata }: (typeof without)[number]) =>
  `${kind} ${metadata?.namespace ?? ''}/${metadata?.name}`;

test('the root that these tests build is what `create` writes', async () => {
  const settings = await readClusterSettings(REPOSITORY, 'local');
  const addons = { headlamp: true, grafana: true };
  const written = formatRootKustomization({ name: 'local', folder: '', settings: { ...settings, addons } });
  const built = await readFile(join(REPOSITORY, WITH_ADDONS, 'kustomization.yaml'), 'utf8');
  const withoutComment = (text: string) => text.replace(/^#.*\n/, '');
  expect(withoutComment(built)).toBe(withoutComment(written).replaceAll('../../apps', '../../../apps'));
});

test('a cluster without add-ons has nothing of them', () => {
  const names = without.map(nameOf);
  expect(names.filter((name) => /addons\/|headlamp|grafana| \/addons$/.test(name))).toEqual([]);
  expect(withAddons.map(nameOf)).toEqual(expect.arrayContaining(names));
});

test('the Application of an add-on is what every other is, in a project of its own', () => {
  const specOf = (name: string) =>
    withAddons.find((one) => one.kind === 'Application' && one.metadata?.name === name)?.spec as Record<
      string,
      object
    >;
  const { syncPolicy, source } = specOf('prometheus');
  for (const name of ADDONS) {
    expect(specOf(name)).toEqual({
      project: 'addons',
      source: { ...source, path: `clusters/local/apps/${name}` },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'addons' },
      syncPolicy,
    });
  }
});

test('images are carried to where none can be pulled under the names that pods ask for', async () => {
  for (const name of ADDONS) {
    const used = objectsOf(`clusters/local/apps/${name}`)
      .flatMap(podsOf)
      .flatMap(({ spec }) => containersOf(spec));
    expect(new Set(used.map(({ image }) => image))).toEqual(new Set(await listAddonImages([name])));
  }
});

test("Headlamp's viewer reads what is listed, and never Secrets or ConfigMaps", () => {
  const role = withAddons.find(
    (one) => one.kind === 'ClusterRole' && /headlamp/.test(one.metadata?.name ?? ''),
  );
  const rules = (role as V1ClusterRole | undefined)?.rules ?? [];
  expect(rules.length).toBeGreaterThan(5);
  for (const { verbs, resources = [], apiGroups = [], nonResourceURLs } of rules) {
    for (const verb of verbs) expect(['get', 'list', 'watch']).toContain(verb);
    for (const one of [...resources, ...apiGroups])
      expect(one).not.toMatch(/^(secrets|configmaps)$|\*|exec|attach|portforward|proxy/);
    expect(nonResourceURLs).toBeUndefined();
  }
});
