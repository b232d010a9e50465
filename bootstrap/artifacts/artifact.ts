import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../lib/progress.ts';
import { markUsed, pruneCache, UNFINISHED } from './prune-cache.ts';

/** Something that is built or downloaded once and kept in the cache under the name of its content. */
export interface Artifact {
  /** A word for its folder in the cache. */
  readonly name: string;
  /** Names what goes into it; equal keys mean equal artifacts. */
  readonly key: string;
  /** Makes the artifact inside an empty folder. */
  readonly build: (folder: string, report: Report) => Promise<void>;
}

/**
 * The folder of an artifact, built now if the cache doesn't have it. A build that is killed leaves nothing
 * that would be taken for an artifact.
 *
 * @param cache the cache directory
 */
export async function provideArtifact(artifact: Artifact, cache: string, report: Report): Promise<string> {
  const parent = join(cache, artifact.name);
  const folder = join(parent, artifact.key);
  if (await exists(folder)) {
    await markUsed(folder);
    return folder;
  }
  await mkdir(parent, { recursive: true });
  const unfinished = await mkdtemp(join(parent, UNFINISHED));
  try {
    await artifact.build(unfinished, report);
    await moveIntoPlace(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  await pruneCache(parent);
  return folder;
}

/** Whether something is at a path. */
export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function moveIntoPlace(unfinished: string, folder: string): Promise<void> {
  try {
    await rename(unfinished, folder);
  } catch (error) {
    // Another process was faster with the same content.
    if (!(await exists(folder))) throw error;
    await rm(unfinished, { recursive: true, force: true });
  }
}
