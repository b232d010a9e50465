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
 * Compiles the programs that a Go module names as its tools, once.
 *
 * @param name a word for them in the cache
 * @param module the folder of the module
 * @returns the folder of the programs
 */
export async function provideGoTools(name: string, module: string): Promise<string> {
  const key = await hashFiles(module, ['go.mod', 'go.sum']);
  const build = (folder: string) => buildGo(shell, { module, packages: ['tool'] }, `${folder}/`, () => {});
  return await provideArtifact({ name, key, build }, TEST_CACHE, () => {});
}
