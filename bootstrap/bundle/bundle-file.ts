import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Header } from 'tar';
import { formatProgress } from '../artifacts/resumable-download.ts';
import { UserError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import { syncToDisk } from '../lib/sync-to-disk.ts';
import {
  type BundleDescription,
  type BundlePart,
  DESCRIPTION_PART,
  parseDescription,
} from './bundle-description.ts';

/** The unit of tar archives (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html). */
const BLOCK = 512;
/** No description is longer; a length that claims so is damage. */
const LONGEST_DESCRIPTION = 16 * 1024 ** 2;

/** A part, and the file that has its content. */
export interface PartFile {
  readonly part: BundlePart;
  readonly file: string;
}

/** A bundle that was opened: what it says of itself, and where its parts are. */
export interface OpenedBundle {
  readonly file: string;
  readonly description: BundleDescription;
  /** Where each part begins, in bytes. */
  readonly offsets: ReadonlyMap<string, number>;
}

/**
 * Writes a bundle: an uncompressed tar archive, whose first member says what the others must be. It has its name only
 * when it is whole and on the disk.
 */
export async function writeBundle(
  file: string,
  description: BundleDescription,
  parts: readonly PartFile[],
  report: Report,
): Promise<void> {
  const partial = `${file}.partial`;
  const total = description.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const date = new Date(description.createdAt);
  const members = async function* () {
    const text = Buffer.from(`${JSON.stringify(description, undefined, 2)}\n`);
    yield* formatMember(DESCRIPTION_PART, text.length, date, Readable.from([text]));
    for (const { part, file: source } of parts)
      yield* formatMember(part.name, part.bytes, date, createReadStream(source));
    yield Buffer.alloc(2 * BLOCK);
  };
  try {
    await pipeline(members, counted(total, report), createWriteStream(partial));
    await syncToDisk(partial);
    await rename(partial, file);
    await syncToDisk(dirname(resolve(file)));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function* formatMember(
  path: string,
  size: number,
  mtime: Date,
  content: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const header = new Header({ path, size, mtime, mode: 0o644, uid: 0, gid: 0, type: 'File' });
  const block = Buffer.alloc(BLOCK);
  if (header.encode(block)) throw new Error(`${path} does not fit into the header of a tar archive`);
  yield block;
  yield* content;
  yield Buffer.alloc(paddingOf(size));
}

const paddingOf = (size: number) => (BLOCK - (size % BLOCK)) % BLOCK;

/**
 * Opens a bundle, and checks that it has all parts, each with the length that it should have. What they contain is
 * checked when they are read.
 *
 * @throws UserError when it is none, or not whole
 */
export async function openBundle(file: string): Promise<OpenedBundle> {
  const handle = await open(file).catch((cause: unknown) => {
    throw new UserError(`${file} can't be read.`, 'Give the path of a file that `bundle` has written.', {
      cause,
    });
  });
  try {
    const members = await listMembers(handle, file);
    const first = members.get(DESCRIPTION_PART);
    if (!first || first.bytes > LONGEST_DESCRIPTION) throw damaged(file, `it has no ${DESCRIPTION_PART}`);
    const text = Buffer.alloc(first.bytes);
    await handle.read(text, 0, first.bytes, first.offset);
    const description = parseDescription(text.toString('utf8'), file);
    for (const { name, bytes } of description.parts)
      if (members.get(name)?.bytes !== bytes) throw damaged(file, `${name} is not, or not wholly, in it`);
    const offsets = new Map([...members].map(([name, { offset }]) => [name, offset]));
    return { file, description, offsets };
  } finally {
    await handle.close();
  }
}

/** Where the members of an archive are, as far as it can be read. */
async function listMembers(
  handle: FileHandle,
  file: string,
): Promise<Map<string, { readonly offset: number; readonly bytes: number }>> {
  const { size } = await handle.stat();
  const members = new Map<string, { offset: number; bytes: number }>();
  const block = Buffer.alloc(BLOCK);
  for (let position = 0; position + BLOCK <= size; ) {
    await handle.read(block, 0, BLOCK, position);
    const header = new Header(block);
    // Two empty blocks are the end.
    if (header.nullBlock) return members;
    const bytes = header.size ?? -1;
    const offset = position + BLOCK;
    if (!header.cksumValid || !header.path || bytes < 0 || offset + bytes > size) break;
    members.set(header.path, { offset, bytes });
    position = offset + bytes + paddingOf(bytes);
  }
  const isArchive = members.size > 0;
  throw damaged(file, isArchive ? 'its end is missing' : 'it is no tar archive');
}

/** Reads every part, and throws UserError unless each is what the description says. */
export async function verifyBundle(bundle: OpenedBundle, report: Report): Promise<void> {
  const total = bundle.description.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const count = countBytes(total, report);
  for (const { name } of bundle.description.parts)
    await readPart(bundle, name, async (content) => {
      for await (const chunk of content) count(chunk.length);
    });
}

/**
 * Reads one part.
 *
 * @param use reads it to its end; what it makes of it counts only when this function resolves
 * @throws UserError when the part is not what the description says
 */
export async function readPart(
  { file, description, offsets }: OpenedBundle,
  name: string,
  use: (content: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const part = description.parts.find((one) => one.name === name);
  const start = offsets.get(name);
  if (!part || start === undefined) throw damaged(file, `${name} is not in it`);
  const hash = createHash('sha256');
  const hashed = async function* () {
    if (part.bytes === 0) return;
    for await (const chunk of createReadStream(file, { start, end: start + part.bytes - 1 })) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await use(hashed());
  if (hash.digest('hex') !== part.sha256)
    throw damaged(file, `${name} has another SHA-256 than ${DESCRIPTION_PART} says`);
}

/** Copies one part into a file, through `transform` if there is one. */
export async function extractPart(
  bundle: OpenedBundle,
  name: string,
  target: string,
  transform?: () => NodeJS.ReadWriteStream,
): Promise<void> {
  await readPart(bundle, name, async (content) => {
    const output: Writable = createWriteStream(target);
    await (transform ? pipeline(content, transform(), output) : pipeline(content, output));
  });
}

function damaged(file: string, what: string): UserError {
  return new UserError(
    `${file} is damaged, or no bundle: ${what}`,
    'Nothing of it was used. Copy it again, or make another: ./orchestrator.sh bundle FILE.',
  );
}

function counted(total: number, report: Report) {
  const count = countBytes(total, report);
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      count(chunk.length);
      yield chunk;
    }
  };
}

function countBytes(total: number, report: Report): (bytes: number) => void {
  let done = 0;
  return (bytes) => {
    done += bytes;
    report(formatProgress(done, total));
  };
}
