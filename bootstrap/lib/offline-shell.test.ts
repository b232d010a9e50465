import { describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { openLog } from './log.ts';
import { createOfflineShell } from './offline-shell.ts';
import { createShell, type Shell } from './shell.ts';

const withShell = async (work: (shell: Shell) => Promise<void>) => {
  const log = await openLog(await makeTemporaryFolder('offline-'), 'test', false);
  await work(createOfflineShell(createShell(log, new AbortController().signal)));
};

describe('a shell without a network', () => {
  test('runs what needs none', async () => {
    await withShell(async (shell) => {
      expect((await shell.run('printf', ['here'])).stdout).toBe('here');
      expect((await shell.attempt('sh', ['-c', 'exit 3'])).exitCode).toBe(3);
    });
  });

  test.each([
    ['go', ['build', './cmd/k3s']],
    ['npm', ['install', 'left-pad']],
    ['mmdebstrap', ['trixie']],
    ['apt-get', ['install', 'vagrant']],
    ['/usr/bin/docker', ['build', '--tag', 'api-gateway:1', '.']],
    ['docker', ['pull', 'redis:8']],
  ])('refuses %s, which would fetch, before it starts, and names all of it', async (program, args) => {
    await withShell(async (shell) => {
      for (const start of [shell.run, shell.attempt])
        await expect(start(program, args)).rejects.toThrow(`run \`${[program, ...args].join(' ')}\``);
    });
  });

  test('asks programs for their versions', async () => {
    await withShell(async (shell) => {
      // There may be no such program; that it is refused would be another error.
      await expect(shell.attempt('docker', ['buildx', 'version'])).resolves.toBeDefined();
    });
  });
});
