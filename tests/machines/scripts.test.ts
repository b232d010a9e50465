import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shell } from '../support/go-tools.ts';

const BOOTSTRAP = join(import.meta.dirname, '..', '..', 'bootstrap');

/** What runs on machines, whose shell is bash, dash or busybox's ash. */
const SCRIPTS = [
  'image-signatures/verify-image',
  'k3s-service/bound-log',
  'k3s-service/k3s.openrc',
  'k3s-service/prepare-machine',
  'k3s-service/stop-pods',
  'machine/machine-init',
].map((path) => join(BOOTSTRAP, path));

describe.each(SCRIPTS)('%s', (script) => {
  test.each([['dash'], ['busybox', 'sh']])('is a script for %s', async (program, ...options) => {
    const { stderr, exitCode } = await shell.attempt(program, [...options.filter(Boolean), '-n', script]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  test('is clean, as POSIX has it', async () => {
    // The functions of OpenRC's scripts are called by openrc-run; busybox's ash has `local` and fractions of seconds.
    const args = ['--shell=sh', '--exclude=SC3043', '--format=gcc', script];
    expect((await shell.attempt('shellcheck', args)).stdout).toBe('');
  });
});

test('a machine that has everything is prepared without asking anybody', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'prepare-'));
  for (const name of ['runc', 'nft', 'conntrack', 'uname'])
    await writeFile(join(folder, name), '#!/bin/sh\necho no-such-kernel\n', { mode: 0o755 });
  const prepare = join(BOOTSTRAP, 'k3s-service', 'prepare-machine');
  const run = (source: string) =>
    spawnSync('/bin/dash', [prepare, source], { env: { PATH: folder }, encoding: 'utf8' });
  for (const source of ['release', 'packages'])
    expect(run(source)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  await rm(join(folder, 'nft'));
  expect(run('release')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  const lacking = run('packages');
  expect(lacking.status).toBe(1);
  expect(lacking.stderr).toContain('install nft on this machine: it has neither apk nor apt-get');
  await rm(folder, { recursive: true });
});
