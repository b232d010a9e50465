import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { create } from 'tar';
import { provideArtifact } from '../artifacts/artifact.ts';
import { checksumFile, hashText } from '../artifacts/content-hash.ts';
import type { ImageBuilder } from '../artifacts/image.ts';
import { pruneCache } from '../artifacts/prune-cache.ts';
import { readHead } from '../lib/git.ts';
import type { Report } from '../lib/progress.ts';
import type { Shell } from '../lib/shell.ts';
import { exportBox, provideBox } from '../machines/boxes.ts';
import type { Provider } from '../settings/cluster-settings.ts';
import { artifactPart, BOX_PART, IMAGES_PART, REPOSITORY_PART } from './bundle-description.ts';
import type { PartFile } from './bundle-file.ts';

/** Where parts are in the cache, so that a bundle that is made again is made of them. */
const PARTS = 'bundle-parts';
/** Other bundles that are being made meanwhile have used theirs since. */
const KEPT_UNUSED_MS = 3600 * 1000;

/** What parts are made with. */
export interface PartContext {
  readonly repository: string;
  readonly shell: Shell;
  /** The cache directory. */
  readonly cache: string;
}

/** Something that is packed into one file, once. */
interface PackedPart {
  /** The name that it has in the bundle. */
  readonly name: string;
  /** Names its content. */
  readonly key: string;
  /** Writes the file. */
  readonly pack: (file: string) => Promise<void>;
}

async function provide({ name, key, pack }: PackedPart, cache: string, report: Report): Promise<PartFile> {
  const build = async (folder: string) => {
    report(`packing ${name}`);
    await pack(join(folder, 'part'));
  };
  const folder = await provideArtifact({ name: PARTS, key: hashText(name, key), build }, cache, report);
  return await describeFile(name, join(folder, 'part'));
}

/** Removes the parts of earlier bundles that the one just written has no more: images are big. */
export async function removeOldParts({ cache }: Pick<PartContext, 'cache'>): Promise<void> {
  await pruneCache(join(cache, PARTS), KEPT_UNUSED_MS);
}

/** A file that is there, as a part of a bundle. */
export async function describeFile(name: string, file: string): Promise<PartFile> {
  return { part: { name, bytes: (await stat(file)).size, sha256: await checksumFile(file) }, file };
}

/** The repository with its history, on the branch that is checked out. */
export async function packRepository(
  { repository, shell, cache }: PartContext,
  branch: string | undefined,
  report: Report,
): Promise<PartFile> {
  const git = ['-C', repository];
  const references = ['HEAD', ...(branch ? [branch] : [])];
  const pack = async (file: string) => {
    await shell.run('git', [...git, 'bundle', 'create', '--quiet', file, ...references]);
  };
  const key = hashText(await readHead(shell, repository), ...references);
  return await provide({ name: REPOSITORY_PART, key, pack }, cache, report);
}

/**
 * The npm dependencies as they are installed here, the pinned Node among them, so that a machine needs neither Node nor
 * npm to read the bundle. Compressed as every tar(1) reads it. bootstrap/install-dependencies.sh unpacks it.
 */
export async function packNodeModules(
  { repository, shell, cache }: PartContext,
  report: Report,
): Promise<PartFile> {
  const script = join(repository, 'bootstrap', 'install-dependencies.sh');
  const name = (await shell.run(script, ['--print-part-name'])).stdout.trim();
  const pack = async (file: string) => {
    const isPart = (path: string) => !/^node_modules\/(\.vite|\.cache|\.lock-checksum)/.test(path);
    const archive = create({ cwd: repository, portable: true, filter: isPart }, ['node_modules']);
    await pipeline(Readable.from(archive), createGzip(), createWriteStream(file));
  };
  return await provide({ name, key: '', pack }, cache, report);
}

/** The checksum of a part, as `sha256sum --check` reads it. */
export async function describeChecksum(
  { part }: PartFile,
  { cache }: PartContext,
  report: Report,
): Promise<PartFile> {
  const text = `${part.sha256}  -\n`;
  const pack = (file: string) => pipeline(Readable.from([text]), createWriteStream(file));
  return await provide({ name: `${part.name}.sha256`, key: text, pack }, cache, report);
}

/**
 * An artifact of the cache.
 *
 * @param path its place in the cache: `<name>/<key>`
 */
export async function packArtifact(path: string, { cache }: PartContext, report: Report): Promise<PartFile> {
  const pack = async (file: string) => {
    const archive = create({ cwd: join(cache, path), portable: true }, ['.']);
    await pipeline(Readable.from(archive), createZstdCompress(), createWriteStream(file));
  };
  return await provide({ name: artifactPart(path), key: '', pack }, cache, report);
}

/**
 * Images of the engine, with what they have in common once.
 *
 * @param images their ids, by their references
 */
export async function packImages(
  { shell, docker }: ImageBuilder,
  images: ReadonlyMap<string, string>,
  { cache }: PartContext,
  report: Report,
): Promise<PartFile> {
  const pack = async (file: string) => {
    const archive = `${file}.tar`;
    await shell.run(docker.file, ['save', '--output', archive, ...images.keys()]);
    await pipeline(createReadStream(archive), createZstdCompress(), createWriteStream(file));
    await rm(archive);
  };
  return await provide({ name: IMAGES_PART, key: hashText(...[...images].flat()), pack }, cache, report);
}

/**
 * The Vagrant box that virtual machines are made of.
 *
 * @param name as in cluster.yaml
 */
export async function packBox(
  name: string,
  provider: Provider,
  { repository, shell, cache }: PartContext,
  report: Report,
): Promise<PartFile> {
  report(`getting the box ${name}`);
  const box = await provideBox(shell, name, provider, repository);
  const pack = (file: string) => exportBox(shell, box, file);
  return await provide({ name: BOX_PART, key: hashText(name, provider, box.version), pack }, cache, report);
}
