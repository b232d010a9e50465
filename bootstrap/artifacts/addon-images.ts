import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Addon } from '../settings/addons.ts';

const APPS = join(import.meta.dirname, '..', '..', 'apps');

/** The images of add-ons, as the manifests in apps/ name them. */
export async function listAddonImages(addons: readonly Addon[]): Promise<string[]> {
  const read = async (addon: Addon) => {
    const manifest = join(APPS, addon, 'deployment.yaml');
    const [, reference] = (await readFile(manifest, 'utf8')).match(/^ +image: (?:&\w+ )?(\S+:\S+)$/m) ?? [];
    if (!reference) throw new Error(`${manifest} names no image`);
    return reference;
  };
  return await Promise.all(addons.map(read));
}
