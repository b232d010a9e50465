import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shell } from '../../tests/support/go-tools.ts';
import { SmallClone } from '../../tests/support/small-clone.ts';
import { commitPaths, requireRepository } from './git.ts';

let clone: SmallClone;
beforeEach(async () => {
  clone = await SmallClone.create();
});
afterEach(async () => await clone.remove());

test('a repository without a commit is refused', async () => {
  await expect(requireRepository(shell, clone.folder, '.')).rejects.toThrow(
    'no git repository with a commit',
  );
});

test('the folder must be where the settings say that it is in its repository', async () => {
  await clone.commit('README.md', 'text');
  const folder = join(clone.folder, 'deploy', 'orchestrator');
  await mkdir(folder, { recursive: true });
  await requireRepository(shell, clone.folder, '.');
  await requireRepository(shell, folder, 'deploy/orchestrator');
  await expect(requireRepository(shell, folder, '.')).rejects.toThrow(
    'is `deploy/orchestrator` in its repository',
  );
  await expect(requireRepository(shell, clone.folder, 'deploy')).rejects.toThrow('is `.` in its repository');
});

test('only what is below a path is committed, also where the folder is not the top', async () => {
  await clone.commit('deploy/clusters/local/one.yaml', 'one');
  const folder = join(clone.folder, 'deploy');
  await shell.run('sh', ['-c', 'echo two > clusters/local/two.yaml; echo mine > mine.txt'], { cwd: folder });
  await clone.git('add', 'deploy/mine.txt');
  const commit = await commitPaths(shell, folder, ['clusters/local'], 'Describe');
  expect(await clone.git('show', '--name-only', '--format=%H', commit ?? '')).toBe(
    `${commit}\n\ndeploy/clusters/local/two.yaml`,
  );
  expect(await clone.git('status', '--porcelain')).toBe('A  deploy/mine.txt');
});
