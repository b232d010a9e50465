import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A name for some content that equal content shares: 12 hexadecimal digits of its SHA-256. */
export function hashText(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  // The length in front keeps ("ab", "c") apart from ("a", "bc").
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, 12);
}

/**
 * As {@link hashText}, for files with their paths and modes.
 *
 * @param root the folder that the paths are relative to
 */
export async function hashFiles(root: string, files: readonly string[]): Promise<string> {
  const parts: string[] = [];
  for (const file of [...files].sort()) {
    const path = join(root, file);
    const isExecutable = ((await stat(path)).mode & 0o100) !== 0;
    parts.push(file, isExecutable ? 'x' : '-', (await readFile(path)).toString('base64'));
  }
  return hashText(...parts);
}

/** The files below a folder, as paths relative to it, without the folders that `isLeftOut` names. */
export async function listFiles(
  folder: string,
  isLeftOut: (path: string) => boolean = () => false,
): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !isLeftOut(path));
}

const checksums = new Map<string, Promise<string>>();

/** The whole SHA-256 of a file, in hexadecimal. A file is read once, as long as it stays as it is. */
export async function checksumFile(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const known = `${file}:${size}:${mtimeMs}`;
  const checksum = checksums.get(known) ?? readChecksum(file);
  checksums.set(known, checksum);
  return await checksum;
}

async function readChecksum(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
