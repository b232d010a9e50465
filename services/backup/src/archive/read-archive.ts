import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { extract, list, type ReadEntry } from 'tar';
import { z } from 'zod';
import { type ArchivePart, archiveVersion, type Manifest, manifestSchema, partNames } from './manifest.ts';

/** An archive is not whole, or not one that this program can read. */
export class BadArchiveError extends Error {
  override readonly name = 'BadArchiveError';
}

/** An archive whose checksums are right. */
export interface VerifiedArchive {
  readonly manifest: Manifest;
  /** The part of the encrypted sealing key as text, where there is one. */
  readonly sealingKey: string | undefined;
}

const maxKeptBytes = 1_000_000;
const knownNames: readonly string[] = Object.values(partNames);

/**
 * Reads an archive through and compares every part with the checksum that its manifest has.
 * @throws BadArchiveError if it is cut, changed, no archive, or of another version
 */
export async function verifyArchive(file: string): Promise<VerifiedArchive> {
  const found = new Map<string, ArchivePart>();
  const kept = new Map<string, string>();
  const reading: Promise<void>[] = [];
  const onReadEntry = (entry: ReadEntry) => reading.push(readEntry(entry, found, kept));
  try {
    await list({ file, strict: true, onReadEntry });
    await Promise.all(reading);
  } catch (error) {
    if (isFileError(error)) throw error;
    throw new BadArchiveError(`${file} can't be read to its end: ${describe(error)}`, { cause: error });
  }
  const manifest = parseManifest(kept.get(partNames.manifest), file);
  const stray = [...found.keys()].filter((name) => !isExpected(name, manifest));
  if (stray.length > 0) throw new BadArchiveError(`${file} holds what its manifest doesn't name: ${stray}`);
  for (const part of manifest.parts) {
    const actual = found.get(part.name);
    if (!actual) throw new BadArchiveError(`${file} lacks ${part.name}.`);
    if (actual.bytes !== part.bytes || actual.sha256 !== part.sha256)
      throw new BadArchiveError(`${part.name} in ${file} is not what was written: its checksum is wrong.`);
  }
  return { manifest, sealingKey: kept.get(partNames.sealingKey) };
}

/** Unpacks the parts of an archive that was verified into a folder, and nothing else that it may hold. */
export async function extractArchive(file: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const filter = (path: string) => knownNames.includes(path);
  await extract({ file, cwd: folder, strict: true, filter });
}

async function readEntry(
  entry: ReadEntry,
  found: Map<string, ArchivePart>,
  kept: Map<string, string>,
): Promise<void> {
  const name = entry.path;
  const isKept = name === partNames.manifest || name === partNames.sealingKey;
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let bytes = 0;
  entry.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
    if (isKept && bytes <= maxKeptBytes) chunks.push(Buffer.from(chunk));
  });
  await entry.promise();
  if (entry.type !== 'File' || found.has(name)) throw new Error(`unexpected entry ${name}`);
  found.set(name, { name: name as ArchivePart['name'], bytes, sha256: hash.digest('hex') });
  if (isKept) kept.set(name, Buffer.concat(chunks).toString('utf8'));
}

function parseManifest(text: string | undefined, file: string): Manifest {
  if (text === undefined) throw new BadArchiveError(`${file} is no backup: it has no manifest.`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new BadArchiveError(`The manifest of ${file} is no JSON.`, { cause: error });
  }
  const version = z.object({ version: z.int() }).safeParse(json).data?.version;
  if (version !== undefined && version !== archiveVersion)
    throw new BadArchiveError(`${file} is of format ${version}; this program reads ${archiveVersion}.`);
  const result = manifestSchema.safeParse(json);
  if (result.success) return result.data;
  throw new BadArchiveError(`The manifest of ${file} is wrong: ${z.prettifyError(result.error)}`);
}

function isExpected(name: string, manifest: Manifest): boolean {
  return name === partNames.manifest || manifest.parts.some((part) => part.name === name);
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
