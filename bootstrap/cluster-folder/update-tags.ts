import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listServiceImages } from '../artifacts/service-images.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import { writeOverlays } from './overlays.ts';

/** Writes the tags of the images into every cluster's overlays, for commits that change an image. */
const repository = join(import.meta.dirname, '..', '..');
for (const name of await readdir(join(repository, 'clusters'))) {
  const settings = await readClusterSettings(repository, name);
  const cluster = { name, folder: join(repository, 'clusters', name), settings };
  const changed = await writeOverlays(cluster, await listServiceImages(repository, settings.images));
  for (const path of changed) process.stdout.write(`clusters/${name}/${path}\n`);
}
