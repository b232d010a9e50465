import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import { listUncommitted } from '../lib/git.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import { parseManifest } from '../lib/manifests.ts';
import type { Report } from '../lib/progress.ts';
import { canOpen, type ResealTools, resealManifest } from '../secrets/reseal.ts';
import type { SealingKey } from '../secrets/sealing-key.ts';
import type { Cluster, Context } from '../settings/context.ts';

/** A file of the cluster's folder with sealed secrets. */
export interface SealedFile {
  /** Relative to the clone. */
  readonly path: string;
  readonly text: string;
}

/** The folder of the sealed secrets, relative to the clone. */
export function secretsPath(cluster: Pick<Cluster, 'name'>): string {
  return `clusters/${cluster.name}/secrets`;
}

/** The files of sealed secrets, as they are in the clone. */
export async function readSealedFiles({
  repository,
  cluster,
}: Pick<Context, 'repository' | 'cluster'>): Promise<SealedFile[]> {
  const folder = secretsPath(cluster);
  const names = await readdir(join(repository, folder)).catch(() => []);
  const files = names.filter((name) => /\.ya?ml$/.test(name)).toSorted();
  return await Promise.all(
    files.map(async (name) => {
      const path = `${folder}/${name}`;
      return { path, text: await readFile(join(repository, path), 'utf8') };
    }),
  );
}

/** The sealed secrets in some files. */
export function sealedSecretsIn(files: readonly SealedFile[]): ManagedObject[] {
  return files.flatMap(({ text }) => parseManifest(text)).filter(({ kind }) => kind === 'SealedSecret');
}

/** @throws UserError where sealed secrets are changed and not committed: a rotation would commit them */
export async function requireCommittedSecrets({ shell, repository, cluster }: Context): Promise<void> {
  const uncommitted = await listUncommitted(shell, repository, secretsPath(cluster));
  if (uncommitted.length === 0) return;
  throw new UserError(
    `There are changes that are not committed, and nothing has been changed: ${uncommitted.join(', ')}`,
    `Commit them (git add ${secretsPath(cluster)}, git commit), or drop them (git restore PATH).`,
  );
}

/** @throws UserError that names the files which the keys of this host don't open */
export async function requireOpenable(tools: ResealTools, files: readonly SealedFile[]): Promise<void> {
  const closed: string[] = [];
  for (const file of files)
    for (const sealed of sealedSecretsIn([file])) if (!(await canOpen(tools, sealed))) closed.push(file.path);
  if (closed.length === 0) return;
  throw new UserError(
    `No key of this host opens ${closed.join(', ')}, and nothing has been changed`,
    'Seal it again (./orchestrator.sh seal), or delete it. Where another host has the key: ./orchestrator.sh backup there, restore here.',
  );
}

/**
 * Seals what another key sealed anew.
 *
 * @returns the paths of the files that were written
 */
export async function resealFiles(
  context: Pick<Context, 'repository' | 'cluster'>,
  tools: ResealTools,
  key: SealingKey,
  report: Report,
): Promise<string[]> {
  const written: string[] = [];
  for (const { path, text } of await readSealedFiles(context)) {
    const resealed = await resealManifest(tools, key, text);
    if (resealed === undefined) continue;
    report(path);
    await replaceFile(join(context.repository, path), resealed);
    written.push(path);
  }
  return written;
}

/** A process killed meanwhile leaves the old file or the new one, and perhaps one beside it that nothing reads. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}
