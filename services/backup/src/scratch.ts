import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Runs some work with an empty folder, which is removed afterwards. */
export async function withScratch<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(parent, 'backup-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
