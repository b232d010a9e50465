import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { provideArtifact } from '../../bootstrap/artifacts/artifact.ts';
import { shell, TEST_CACHE } from '../support/go-tools.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/**
 * The folder of the Python packages that stand for AWS: moto, which answers as its services do, and cfn-lint, which
 * knows the schemas of its resources. Installed once, at the versions in requirements.txt; for PYTHONPATH.
 */
export async function providePython(): Promise<string> {
  const key = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex')
    .slice(0, 12);
  const build = async (folder: string) => {
    const options = ['--quiet', '--disable-pip-version-check', '--target', folder];
    await shell.run('python3', ['-m', 'pip', 'install', ...options, '--requirement', REQUIREMENTS]);
  };
  return await provideArtifact({ name: 'aws', key, build }, TEST_CACHE, () => {});
}
