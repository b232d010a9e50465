import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shell } from '../../tests/support/go-tools.ts';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { readRemoteUrl } from './git-step.ts';

const LOGIN = { protocol: 'https', host: '192.0.2.10:8443', username: 'developer', password: 'a-b_c' };
const URL_OF_REMOTE = 'https://192.0.2.10:8443/git/cluster.git';

const directoriesAt = (data: string) => ({ data, cache: data, config: data, log: data });

test('the URL of the remote is known as it was written, and as git’s own helper writes it', async () => {
  const folder = await makeTemporaryFolder('git-step-');
  const file = join(folder, 'git-credentials');
  await writePrivateFile(file, `https://${LOGIN.username}:${LOGIN.password}@${LOGIN.host}\n`);
  expect(await readRemoteUrl({ directories: directoriesAt(folder) })).toBe(URL_OF_REMOTE);
  const input = Object.entries(LOGIN).map(([key, value]) => `${key}=${value}\n`);
  await shell.run('git', ['credential-store', `--file=${file}`, 'store'], { input: input.join('') });
  expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(1);
  expect(await readRemoteUrl({ directories: directoriesAt(folder) })).toBe(URL_OF_REMOTE);
});

test('where nothing was pushed yet, there is none', async () => {
  const folder = await makeTemporaryFolder('git-step-');
  expect(await readRemoteUrl({ directories: directoriesAt(folder) })).toBeUndefined();
});
