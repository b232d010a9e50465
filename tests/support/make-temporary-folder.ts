import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/**
 * Makes an empty folder that is removed when the test that runs, or that a `beforeEach` prepares, is over.
 *
 * @param prefix what its name begins with, such as `cache-`
 * @returns its path
 */
export async function makeTemporaryFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}
