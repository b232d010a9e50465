import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_MS = 24 * 3600 * 1000;
/** What nobody has used for as long was made for sources that have changed since. */
const KEPT_UNUSED_MS = 14 * DAY_MS;
/** No build takes as long: this one was killed. */
const KEPT_UNFINISHED_MS = DAY_MS;

/** What the name of a folder begins with while it is being filled. */
export const UNFINISHED = 'unfinished-';

/** Notes that a cached folder is in use, so that {@link pruneCache} keeps it. */
export async function markUsed(folder: string): Promise<void> {
  const now = new Date();
  // A cache that belongs to somebody else can be read, and is pruned by its owner.
  await utimes(folder, now, now).catch(() => undefined);
}

/**
 * Removes from a folder of cached folders what was not used for two weeks, and what was never finished.
 *
 * @param keptUnusedMs another time than two weeks
 */
export async function pruneCache(parent: string, keptUnusedMs = KEPT_UNUSED_MS): Promise<void> {
  for (const name of await readdir(parent)) {
    const folder = join(parent, name);
    const keptMs = name.startsWith(UNFINISHED) ? KEPT_UNFINISHED_MS : keptUnusedMs;
    const found = await stat(folder).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > keptMs) await rm(folder, { recursive: true, force: true });
  }
}
