import { access, chmod, mkdir, readFile, readlink, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { extract } from 'tar';
import { beforeEach, describe, expect, test } from 'vitest';
import { requireSuccess } from '../../tests/support/cluster-under-test.ts';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { runCommand } from '../../tests/support/run-command.ts';
import { openLog } from '../lib/log.ts';
import { createShell } from '../lib/shell.ts';
import { type PartContext, packArtifact, packRepository, removeOldParts } from './bundle-parts.ts';
import { requireWholeCommit } from './make-bundle.ts';

let folder = '';
let context: PartContext;
beforeEach(async () => {
  folder = await makeTemporaryFolder('parts-');
  const log = await openLog(join(folder, 'log'), 'test', false);
  const shell = createShell(log, new AbortController().signal);
  context = { repository: join(folder, 'repository'), shell, cache: join(folder, 'cache') };
  await mkdir(context.repository);
  await git('init', '--quiet', '--initial-branch', 'main');
  await writeFile(join(context.repository, '.gitignore'), 'node_modules/\n');
  await commit('first');
});

const silent = () => {};

async function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  return (
    await requireSuccess(runCommand('git', ['-C', context.repository, ...identity, ...args]))
  ).stdout.trim();
}

async function commit(text: string): Promise<string> {
  await writeFile(join(context.repository, 'file'), text);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', text);
  return await git('rev-parse', 'HEAD');
}

describe('the repository in a bundle', () => {
  test.each(['main', undefined])('can be cloned where there is nothing else (%s)', async (branch) => {
    const head = await commit('second');
    if (branch === undefined) await git('checkout', '--quiet', '--detach');
    const { file } = await packRepository(context, branch, silent);
    const clone = join(folder, 'clone');
    await requireSuccess(runCommand('git', ['clone', '--quiet', file, clone]));
    const log = await requireSuccess(runCommand('git', ['-C', clone, 'log', '--format=%H %s']));
    expect(log.stdout).toMatch(new RegExp(`^${head} second\n[0-9a-f]{40} first\n$`));
    expect(await readFile(join(clone, 'file'), 'utf8')).toBe('second');
  });

  test('must be as its last commit has it', async () => {
    await requireWholeCommit(context.shell, context.repository);
    await mkdir(join(context.repository, 'node_modules'));
    await writeFile(join(context.repository, 'node_modules', 'ignored'), '');
    await requireWholeCommit(context.shell, context.repository);
    await writeFile(join(context.repository, 'new'), '');
    await writeFile(join(context.repository, 'file'), 'changed');
    const error = await requireWholeCommit(context.shell, context.repository).catch((thrown) => thrown);
    expect(error.message).toMatch(/these files are not as the last one has them:\n {2}file\n {2}new$/);
    expect(error.remedy).toContain('git commit');
  });

  test('must have its whole history', async () => {
    await commit('second');
    const part = join(folder, 'part');
    const source = `file://${context.repository}`;
    await requireSuccess(runCommand('git', ['clone', '--quiet', '--depth', '1', source, part]));
    await expect(requireWholeCommit(context.shell, part)).rejects.toThrow('only a part of the history');
  });
});

test('an artifact comes out of its part as it was in the cache', async () => {
  const artifact = join(context.cache, 'engine', 'key');
  await mkdir(join(artifact, 'bin'), { recursive: true });
  await writeFile(join(artifact, 'bin', 'k3s'), 'program');
  await chmod(join(artifact, 'bin', 'k3s'), 0o755);
  await symlink('bin/k3s', join(artifact, 'kubectl'));
  const { part, file } = await packArtifact('engine/key', context, silent);
  expect(part.name).toBe('artifacts/engine/key.tar.zst');
  expect((await packArtifact('engine/key', context, silent)).file).toBe(file);
  const target = join(folder, 'target');
  await mkdir(target);
  await extract({ file, cwd: target });
  expect(await readFile(join(target, 'bin', 'k3s'), 'utf8')).toBe('program');
  expect((await stat(join(target, 'bin', 'k3s'))).mode & 0o777).toBe(0o755);
  expect(await readlink(join(target, 'kubectl'))).toBe('bin/k3s');
});

test('of the parts in the cache, those stay that the last bundle was made of', async () => {
  await mkdir(join(context.cache, 'engine', 'key'), { recursive: true });
  const unused = (await packRepository(context, 'main', silent)).file;
  const used = (await packArtifact('engine/key', context, silent)).file;
  const twoHoursAgo = new Date(Date.now() - 2 * 3600 * 1000);
  for (const file of [unused, used]) await utimes(dirname(file), twoHoursAgo, twoHoursAgo);
  await packArtifact('engine/key', context, silent);
  await removeOldParts(context);
  await access(used);
  await expect(access(unused)).rejects.toThrow('ENOENT');
});
