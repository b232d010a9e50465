import { access, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { removeStalePidFile } from './stale-pid-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await makeTemporaryFolder('pid-file-');
});

async function writePidFile(content: string): Promise<string> {
  const file = join(folder, 'engine.pid');
  await writeFile(file, content);
  return file;
}

test('a file that names a process of the program stays', async () => {
  const file = await writePidFile(`${process.pid}\n`);
  expect(await removeStalePidFile(file, basename(process.execPath))).toBe(false);
  await access(file);
});

test('a file whose number another program has by now is removed', async () => {
  const file = await writePidFile(String(process.pid));
  expect(await removeStalePidFile(file, 'dockerd')).toBe(true);
  await expect(access(file)).rejects.toThrow('ENOENT');
});

test.each(['4194399', '', 'garbage'])(
  'a file that holds %j, which names no process, is removed',
  async (content) => {
    expect(await removeStalePidFile(await writePidFile(content), 'dockerd')).toBe(true);
  },
);

test('no file is nothing to remove', async () => {
  expect(await removeStalePidFile(join(folder, 'none.pid'), 'dockerd')).toBe(false);
});
