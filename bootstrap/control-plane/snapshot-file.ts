import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { create, extract } from 'tar';
import { UserError } from '../lib/errors.ts';
import type { Context } from '../settings/context.ts';
import { compactDataStore, prepareDataStore } from './data-store.ts';
import { parseDescription, type SnapshotDescription } from './snapshot-description.ts';

const DESCRIPTION = 'snapshot.json';
const CREDENTIALS = ['token', 'tls', 'cred'];

/** A snapshot that has been read, and is as it should be. */
export interface Snapshot {
  readonly description: SnapshotDescription;
  /** A gzipped tar of a server's files, as `replaceServerFiles` takes it, with the store set ahead. */
  readonly serverFiles: Buffer;
}

/**
 * Writes a snapshot, mode 0600, all at once.
 *
 * @param serverFiles as `copyServerFiles` returns them
 * @returns its description
 */
export async function writeSnapshot(
  file: string,
  serverFiles: Buffer,
  about: Omit<SnapshotDescription, 'format' | 'revision'>,
): Promise<SnapshotDescription> {
  return await inPrivateFolder(async (folder) => {
    const copied = join(folder, 'copied');
    await unpack(serverFiles, copied);
    await mkdir(join(copied, 'db'));
    const revision = compactDataStore(join(copied, 'state.db'), join(copied, 'db', 'state.db'));
    const description: SnapshotDescription = { format: 1, ...about, revision };
    await writeFile(join(copied, DESCRIPTION), `${JSON.stringify(description, null, 2)}\n`);
    const archive = await pack(copied, [DESCRIPTION, 'db', ...CREDENTIALS], join(folder, 'archive'));
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const unfinished = `${file}.${process.pid}.unfinished`;
    await writeFile(unfinished, archive, { mode: 0o600 });
    await rename(unfinished, file);
    await chmod(file, 0o600);
    return description;
  });
}

/** Reads a snapshot. Throws UserError when the file is none, or is damaged. */
export async function readSnapshot(file: string): Promise<Snapshot> {
  const archive = await readFile(file).catch((cause: unknown) => {
    throw new UserError(`${file} can't be read.`, 'Name a file that control-plane snapshot has made.', {
      cause,
    });
  });
  return await inPrivateFolder(async (folder) => {
    const unpacked = join(folder, 'unpacked');
    const text = await unpack(archive, unpacked)
      .then(() => readFile(join(unpacked, DESCRIPTION), 'utf8'))
      .catch((cause: unknown) => {
        throw new UserError(
          `${file} is no snapshot, or a damaged one.`,
          'Name a file that control-plane snapshot has made.',
          { cause },
        );
      });
    const description = parseDescription(text);
    prepareDataStore(join(unpacked, 'db', 'state.db'));
    const serverFiles = await pack(unpacked, ['db', ...CREDENTIALS], join(folder, 'archive'));
    return { description, serverFiles };
  });
}

/** Refuses a place in the clone: what is in a snapshot must never get into git. */
export function requireOutsideOfClone({ repository }: Pick<Context, 'repository'>, file: string): void {
  if (relative(repository, file).startsWith('..')) return;
  throw new UserError(
    `${file} is in the clone, and a snapshot holds the cluster's keys, which must not get into git.`,
    'Name a file elsewhere, or none: then it goes beside the other secrets of the cluster.',
  );
}

async function unpack(archive: Buffer, folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const file = `${folder}.tar.gz`;
  await writeFile(file, archive, { mode: 0o600 });
  await extract({ file, cwd: folder, strict: true });
}

async function pack(folder: string, parts: readonly string[], file: string): Promise<Buffer> {
  const password = await readFile(join(folder, 'node-password')).then(
    () => ['node-password'],
    () => [],
  );
  await create({ file, cwd: folder, gzip: true, portable: true }, [...parts, ...password]);
  return await readFile(file);
}

async function inPrivateFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-snapshot-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
