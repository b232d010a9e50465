import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { create } from 'tar';
import { type ArchivePart, type Manifest, partNames } from './manifest.ts';

/** Checksums a part that is in a folder. */
export async function describePart(folder: string, name: ArchivePart['name']): Promise<ArchivePart> {
  const file = join(folder, name);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { name, bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

/** Puts the manifest beside its parts. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeFile(join(folder, partNames.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Writes the parts in a folder as one archive, the manifest first, to a stream, and ends it. */
export async function streamArchive(folder: string, manifest: Manifest, target: Writable): Promise<void> {
  await pipeline(create({ cwd: folder, portable: true, strict: true }, namesOf(manifest)), target);
}

/** Writes the parts in a folder as one archive into a new file, which is on the disk when this resolves. */
export async function writeArchive(folder: string, manifest: Manifest, file: string): Promise<void> {
  await create({ cwd: folder, portable: true, strict: true, file, mode: 0o600 }, namesOf(manifest));
  await syncToDisk(file);
}

/** Resolves when the disk has what was written to a file, or to a folder's list of names. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function namesOf({ parts }: Manifest): string[] {
  return [partNames.manifest, ...parts.map(({ name }) => name)];
}
