import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { listServiceImages } from '../artifacts/service-images.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import { COMPONENTS } from './components.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const clusters = await readdir(join(REPOSITORY, 'clusters'));

test.each(clusters)(
  'the tags in clusters/%s are those of the sources beside it (npm run tags)',
  async (name) => {
    const settings = await readClusterSettings(REPOSITORY, name);
    const images = await listServiceImages(REPOSITORY, settings.images);
    for (const component of COMPONENTS.filter(({ image }) => image)) {
      const file = join(REPOSITORY, 'clusters', name, 'apps', component.name, 'kustomization.yaml');
      const overlay = parse(await readFile(file, 'utf8'));
      const image = images.find((candidate) => candidate.name === component.image);
      expect(overlay.images).toContainEqual({
        name: component.image,
        newName: image?.repository,
        newTag: image?.tag,
      });
    }
  },
);

test.each(clusters)(
  'the replicas in clusters/%s are those of its cluster.yaml (npm run tags)',
  async (name) => {
    const settings = await readClusterSettings(REPOSITORY, name);
    for (const { name: component, replicated } of COMPONENTS) {
      if (!replicated) continue;
      const file = join(REPOSITORY, 'clusters', name, 'apps', component, 'kustomization.yaml');
      const overlay = parse(await readFile(file, 'utf8'));
      expect(overlay.replicas).toEqual([
        { name: replicated.workload, count: settings.replicas[replicated.by] },
      ]);
    }
  },
);

test.each(clusters)(
  'what clusters/%s keeps of logs and metrics is what its cluster.yaml grants (npm run tags)',
  async (name) => {
    const settings = await readClusterSettings(REPOSITORY, name);
    for (const { name: component, keeps } of COMPONENTS) {
      if (!keeps) continue;
      const file = join(REPOSITORY, 'clusters', name, 'apps', component, 'kustomization.yaml');
      const overlay = parse(await readFile(file, 'utf8'));
      const literals = [`KEEP_MIB=${settings.observability[keeps]}`];
      expect(overlay.configMapGenerator).toEqual([{ name: component, behavior: 'merge', literals }]);
    }
  },
);
