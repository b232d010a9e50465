import { cp, mkdir, mkdtemp, readdir, readlink, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/**
 * Copies the repository's sources to a temporary folder, for tests that change them. Installed packages are linked
 * and not copied, but for those that are sources themselves: the workspaces.
 * @param repository the folder to copy
 * @returns the copy's folder
 */
export async function copyClone(repository: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'clone-'));
  const isSource = (path: string) => !['node_modules', 'dist', '.git', '.vagrant'].includes(basename(path));
  for (const name of ['package.json', 'bootstrap', 'services']) {
    await cp(join(repository, name), join(copy, name), { recursive: true, filter: isSource });
  }
  await linkPackages(join(repository, 'node_modules'), join(copy, 'node_modules'));
  await linkPackages(join(repository, 'services', 'node_modules'), join(copy, 'services', 'node_modules'));
  return copy;
}

async function linkPackages(source: string, target: string): Promise<void> {
  await mkdir(target);
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const path = join(source, entry.name);
    // npm links workspaces by a relative path, which leads to the copy's own.
    await symlink(entry.isSymbolicLink() ? await readlink(path) : path, join(target, entry.name));
  }
}
