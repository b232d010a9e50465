import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Shell } from '../lib/shell.ts';
import type { Provider } from '../settings/cluster-settings.ts';

/** A box that Vagrant has on this machine. */
export interface Box {
  readonly name: string;
  readonly provider: string;
  readonly version: string;
}

/** Whether Vagrant has a box for a provider. */
export async function hasBox(shell: Shell, name: string, provider: Provider): Promise<boolean> {
  return (await findBox(shell, name, provider)) !== undefined;
}

/** Adds a box from a file. */
export async function addBox(shell: Shell, name: string, provider: Provider, file: string): Promise<void> {
  await shell.run('vagrant', ['box', 'add', '--name', name, '--provider', provider, file]);
}

/** The name of a box, and the place that it is to come from, if that is not the registry. */
export function splitBox(box: string): { readonly name: string; readonly place?: string } {
  const [name = '', ...place] = box.split(' ');
  return place.length > 0 ? { name, place: place.join(' ') } : { name };
}

/**
 * A box, which Vagrant gets now where it has none.
 *
 * @param box as in cluster.yaml
 * @param folder what a place that is a file's path is relative to
 */
export async function provideBox(
  shell: Shell,
  box: string,
  provider: Provider,
  folder: string,
): Promise<Box> {
  const { name, place } = splitBox(box);
  const known = await findBox(shell, name, provider);
  if (known) return known;
  const source = place === undefined ? [name] : ['--name', name, place];
  await shell.run('vagrant', ['box', 'add', '--provider', provider, ...source], { cwd: folder });
  const added = await findBox(shell, name, provider);
  if (added) return added;
  throw new Error(`Vagrant does not list the box ${name} for ${provider}, which was added`);
}

/** Writes a box into a file, which {@link addBox} takes. */
export async function exportBox(shell: Shell, { name, provider, version }: Box, file: string): Promise<void> {
  const folder = dirname(file);
  await shell.run('vagrant', ['box', 'repackage', name, provider, version], { cwd: folder });
  await rename(join(folder, 'package.box'), file);
}

async function findBox(shell: Shell, name: string, provider: Provider): Promise<Box | undefined> {
  const list = await shell.run('vagrant', ['box', 'list', '--machine-readable']);
  return parseBoxes(list.stdout).findLast((box) => box.name === name && box.provider === provider);
}

/**
 * Reads `vagrant box list --machine-readable`: the name of each box is followed by what else there is to say of it
 * (https://developer.hashicorp.com/vagrant/docs/cli/machine-readable).
 */
export function parseBoxes(output: string): Box[] {
  const lines = output.split('\n').map((line) => line.trim().split(','));
  const boxes: Box[] = [];
  for (const [, , type, value = ''] of lines) {
    if (type === 'box-name') boxes.push({ name: value, provider: '', version: '' });
    const box = boxes.pop();
    if (!box) continue;
    boxes.push({
      ...box,
      ...(type === 'box-provider' ? { provider: value } : {}),
      ...(type === 'box-version' ? { version: value } : {}),
    });
  }
  return boxes;
}
