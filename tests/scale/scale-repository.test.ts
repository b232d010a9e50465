import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { setRemote } from '../../bootstrap/lib/git.ts';
import type { Context } from '../../bootstrap/settings/context.ts';
import { shell } from '../support/go-tools.ts';
import { makeTemporaryFolder } from '../support/make-temporary-folder.ts';
import { openContext } from '../support/open-context.ts';
import { SmallClone } from '../support/small-clone.ts';
import { GENERATED_FOLDER } from './generated-applications.ts';
import { ScaleRepository } from './scale-repository.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const GENERATED = new Map([[`${GENERATED_FOLDER}/kustomization.yaml`, 'resources: []\n']]);

let person: SmallClone;
let bare: string;
let context: Context;

beforeEach(async () => {
  person = await SmallClone.create();
  const folder = await makeTemporaryFolder('scale-repository-');
  bare = join(folder, 'bare.git');
  await shell.run('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  await pushOfPerson('apps/settings', 'one');
  const directories = { data: folder, cache: folder, config: folder, log: folder };
  const place = { repository: REPOSITORY, name: 'local', directories, env: {} };
  context = await openContext(place, 'scale', new AbortController().signal);
});
afterEach(async () => {
  await context.log.close();
  await person.remove();
});

async function pushOfPerson(path: string, text: string): Promise<void> {
  await person.commit(path, text);
  await shell.run('git', ['-C', person.folder, 'push', '--quiet', bare, 'HEAD:refs/heads/main']);
}

async function open(): Promise<ScaleRepository> {
  const repository = await ScaleRepository.clone(context, (clone) =>
    setRemote(clone.shell, clone.repository, 'cluster', bare),
  );
  onTestFinished(() => repository.close());
  return repository;
}

const read = async (...args: string[]) => (await shell.run('git', ['-C', bare, ...args])).stdout.trim();
const readTip = () => read('rev-parse', 'main');

test('what was pushed is taken back to the commit before it, however much it was', async () => {
  const before = await readTip();
  const repository = await open();
  await repository.commit(GENERATED, 'Generate');
  await repository.push();
  const second = await repository.commit(new Map([['apps/settings', 'two']]), 'Touch');
  await repository.push();
  expect(await readTip()).toBe(second);
  expect(await repository.restore()).toBe(before);
  expect(await readTip()).toBe(before);
  expect(await repository.hasLeftOver()).toBe(false);
});

test('what a run before has left is taken back by the next', async () => {
  const before = await readTip();
  const killed = await open();
  await killed.commit(GENERATED, 'Generate');
  await killed.push();
  const next = await open();
  expect(await next.hasLeftOver()).toBe(true);
  await next.restore();
  expect(await readTip()).toBe(before);
});

test('where somebody has pushed meanwhile, theirs stays and ours is reverted', async () => {
  const repository = await open();
  await repository.commit(GENERATED, 'Generate');
  await repository.push();
  await repository.commit(new Map([['apps/settings', 'two']]), 'Touch');
  await repository.push();
  await shell.run('git', ['-C', person.folder, 'pull', '--quiet', bare, 'main']);
  await pushOfPerson('apps/theirs', 'three');
  await repository.restore();
  expect(await read('show', 'main:apps/theirs')).toBe('three');
  expect(await read('show', 'main:apps/settings')).toBe('one');
  expect(await read('ls-tree', '-r', '--name-only', 'main')).not.toContain(GENERATED_FOLDER);
  // Nothing is left to do then.
  const after = await readTip();
  await repository.restore();
  expect(await readTip()).toBe(after);
  // What comes after it goes back to there.
  const next = await open();
  await next.commit(GENERATED, 'Generate');
  await next.push();
  await next.restore();
  expect(await readTip()).toBe(after);
});

test('a repository in which nothing is ours is left as it is', async () => {
  const before = await readTip();
  const repository = await open();
  await writeFile(join(repository.folder, 'stray'), 'not committed');
  expect(await repository.restore()).toBe(before);
  expect(await readTip()).toBe(before);
});
