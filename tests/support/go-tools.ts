import { glob } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { provideArtifact } from '../../bootstrap/artifacts/artifact.ts';
import { hashFiles } from '../../bootstrap/artifacts/content-hash.ts';
import { buildGo } from '../../bootstrap/artifacts/go-build.ts';
import { createShell, type Shell } from '../../bootstrap/lib/shell.ts';

export const TEST_CACHE = join(homedir(), '.cache', 'orchestrator-tests');

const NO_LOG = { file: '', info: () => {}, error: () => {}, close: () => Promise.resolve() };

/** Runs programs without a log. */
export const shell: Shell = createShell(NO_LOG, new AbortController().signal);

/**
 * Compiles programs of a Go module, once for each state of its requirements and, if it has any, of its own source.
 *
 * @param name a word for them in the cache
 * @param module the folder of the module
 * @param packages those that it names as its tools, unless given
 * @returns the folder of the programs
 */
export async function provideGoTools(
  name: string,
  module: string,
  packages: readonly string[] = ['tool'],
): Promise<string> {
  const own = await Array.fromAsync(glob('*.go', { cwd: module }));
  const key = await hashFiles(module, ['go.mod', 'go.sum', ...own.sort()]);
  const build = (folder: string) => buildGo(shell, { module, packages }, `${folder}/`, () => {});
  return await provideArtifact({ name, key, build }, TEST_CACHE, () => {});
}
