import { imageReference } from '../../artifacts/service-images.ts';
import { listClusterImages, listUnpublished, PLATFORMS } from '../published-images.ts';
import { runScript } from './run-script.ts';

const description =
  'Lists the images of services whose content the registry does not have yet, as the outputs `images` (JSON) and `platforms`.';

await runScript('list-unpublished', description, async ({ clone, host, registry, print, setOutput }) => {
  const clusters = await listClusterImages(clone, host);
  if (clusters.length === 0) print(`No cluster in clusters/ has images.registry: ${host}.`);
  const images = await listUnpublished(registry, host, clusters);
  const described = images.map((image) => ({ ...image, reference: imageReference(image) }));
  await setOutput('images', JSON.stringify(described));
  await setOutput('platforms', PLATFORMS.join(','));
});
