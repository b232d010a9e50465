import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shell } from '../../tests/support/go-tools.ts';
import { createShell } from '../lib/shell.ts';
import { readDockerCredentials } from './docker-credentials.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docker-config-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const configure = async (config: object) =>
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
const auth = Buffer.from('me:pass:word').toString('base64');

test('nobody is logged in where there is no file, and where it names other registries', async () => {
  expect(await readDockerCredentials(shell, join(folder, 'none'), 'docker.io')).toBeUndefined();
  await configure({ auths: { 'ghcr.io': { auth } } });
  expect(await readDockerCredentials(shell, folder, 'docker.io')).toBeUndefined();
});

test('a login is read from the file, that of Docker Hub under its old name', async () => {
  await configure({ auths: { 'https://index.docker.io/v1/': { auth } }, HttpHeaders: {} });
  expect(await readDockerCredentials(shell, folder, 'docker.io')).toEqual({
    username: 'me',
    password: 'pass:word',
  });
});

test('a login is asked of the program that keeps it, and its answer is not logged', async () => {
  const helper = join(folder, 'docker-credential-test');
  const script = `#!/bin/sh\nread -r name\n[ "$name" = ghcr.io ] || exit 1\necho '{"ServerURL":"'"$name"'","Username":"me","Secret":"s3cret"}'\n`;
  await writeFile(helper, script);
  await chmod(helper, 0o755);
  const logged: string[] = [];
  const info = (message: string) => void logged.push(message);
  const log = { file: '', info, error: info, close: () => Promise.resolve() };
  const plain = createShell(log, new AbortController().signal);
  // The program is looked for on PATH, where the test's own folder is put first.
  const attempt: typeof plain.attempt = (program, args, options) =>
    plain.attempt('env', [`PATH=${folder}:/usr/bin:/bin`, program, ...args], options);
  await configure({ auths: { 'ghcr.io': {} }, credHelpers: { 'ghcr.io': 'test' } });
  const credentials = await readDockerCredentials({ ...plain, attempt }, folder, 'ghcr.io');
  expect(credentials).toEqual({ username: 'me', password: 's3cret' });
  expect(logged.join('\n')).not.toContain('s3cret');
  await configure({ credsStore: 'test' });
  expect(await readDockerCredentials({ ...plain, attempt }, folder, 'docker.io')).toBeUndefined();
});

test('a file that is no configuration is told by its name', async () => {
  await writeFile(join(folder, 'config.json'), '{');
  await expect(readDockerCredentials(shell, folder, 'docker.io')).rejects.toThrow(
    join(folder, 'config.json'),
  );
});
