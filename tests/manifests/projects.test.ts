import { expect, test } from 'vitest';
import { buildManifests, WITH_ADDONS } from './support/built-manifests.ts';
import { provideManifestTools } from './support/tools.ts';

interface ProjectSpec {
  readonly clusterResourceWhitelist: readonly { readonly group: string; readonly kind: string }[];
}

const { kustomize } = await provideManifestTools();
const roots = (await buildManifests(kustomize)).filter(
  ({ folder }) => /^clusters\/[\w-]+$/.test(folder) || folder === WITH_ADDONS,
);

test.each(roots)(
  'the project of the root Application allows what $folder has in no namespace',
  ({ objects }) => {
    const allowed = objects
      .filter(({ kind, metadata }) => kind === 'AppProject' && metadata?.name === 'cluster')
      .flatMap(({ spec }) => (spec as ProjectSpec).clusterResourceWhitelist)
      .map(({ group, kind }) => `${group}/${kind}`);
    const used = objects
      .filter(({ metadata }) => !metadata?.namespace)
      .map(
        ({ apiVersion = '', kind }) => `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`,
      );
    expect(used.length).toBeGreaterThan(5);
    expect([...new Set(used)].filter((one) => !allowed.includes(one))).toEqual([]);
  },
);
