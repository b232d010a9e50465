import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BUNDLE_FORMAT, type BundleDescription } from '../bundle-description.ts';
import { writeBundle } from '../bundle-file.ts';
import { describeFile } from '../bundle-parts.ts';

/** Writes a bundle with some parts, by their names, and returns its file. */
export async function writeTestBundle(
  folder: string,
  contents: Readonly<Record<string, string | Buffer>>,
  changes: Partial<BundleDescription> = {},
): Promise<string> {
  const parts = await Promise.all(
    Object.entries(contents).map(async ([name, content]) => {
      const file = join(folder, 'parts', name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return await describeFile(name, file);
    }),
  );
  const description: BundleDescription = {
    format: BUNDLE_FORMAT,
    createdAt: '2026-11-21T18:00:00.000Z',
    commit: '0123456789abcdef0123456789abcdef01234567',
    source: 'packages',
    provider: 'docker',
    platform: process.platform,
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    versions: { k3s: 'v1.36.3+k3s1' },
    images: {},
    parts: parts.map(({ part }) => part),
    ...changes,
  };
  const file = join(folder, 'test.bundle');
  await writeBundle(file, description, parts, () => {});
  return file;
}
