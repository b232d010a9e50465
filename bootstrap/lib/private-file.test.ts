import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { writePrivateFile } from './private-file.ts';

test('a private file that is written by several at once is one of theirs, whole, and only its owner’s', async () => {
  const folder = await makeTemporaryFolder('private-file-');
  const file = join(folder, 'new', 'secret');
  const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(10_000));
  await Promise.all(texts.map((text) => writePrivateFile(file, text)));
  expect(texts).toContain(await readFile(file, 'utf8'));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, 'new'))).toEqual(['secret']);
});
