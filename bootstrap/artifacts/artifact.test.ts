import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { provideArtifact } from './artifact.ts';

let cache = '';
beforeEach(async () => {
  cache = await makeTemporaryFolder('cache-');
});

const artifact = (text: string, key = 'k1') => ({
  name: 'thing',
  key,
  build: async (folder: string) => await writeFile(join(folder, 'file'), text),
});

describe('an artifact', () => {
  test('is built once for a key', async () => {
    await provideArtifact(artifact('first'), cache, () => {});
    const folder = await provideArtifact(artifact('second'), cache, () => {});
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('first');
  });

  test('whose build fails leaves nothing, and is built at the next try', async () => {
    const failing = { ...artifact(''), build: () => Promise.reject(new Error('no space left on device')) };
    await expect(provideArtifact(failing, cache, () => {})).rejects.toThrow('no space left');
    expect(await readdir(join(cache, 'thing'))).toEqual([]);
    const folder = await provideArtifact(artifact('whole'), cache, () => {});
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('whole');
  });

  test('that two processes build at once is there once', async () => {
    const folders = await Promise.all(
      [1, 2, 3].map(() => provideArtifact(artifact('same'), cache, () => {})),
    );
    expect(new Set(folders).size).toBe(1);
    expect(await readdir(join(cache, 'thing'))).toEqual(['k1']);
  });

  test('that nobody used for weeks goes when a new one comes; one in use stays', async () => {
    const weeksAgo = new Date(Date.now() - 21 * 24 * 3600 * 1000);
    for (const key of ['unused', 'used']) {
      const folder = await provideArtifact(artifact(key, key), cache, () => {});
      await utimes(folder, weeksAgo, weeksAgo);
    }
    await mkdir(join(cache, 'thing', 'unfinished-killed'));
    await utimes(join(cache, 'thing', 'unfinished-killed'), weeksAgo, weeksAgo);
    await provideArtifact(artifact('used', 'used'), cache, () => {});
    await provideArtifact(artifact('new', 'new'), cache, () => {});
    expect((await readdir(join(cache, 'thing'))).sort()).toEqual(['new', 'used']);
  });
});
