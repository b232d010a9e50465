import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { takeExclusiveLock } from './exclusive-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await makeTemporaryFolder('lock-');
});

/** Another process that takes the lock, says so, and stays. */
async function takeInAnotherProcess(file: string) {
  const module = join(import.meta.dirname, 'exclusive-lock.ts');
  const program = `
    const { takeExclusiveLock } = await import(${JSON.stringify(module)});
    const lock = await takeExclusiveLock(${JSON.stringify(file)}, 'create (process 42)');
    console.log('taken');
    setInterval(() => lock, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'pipe' });
  await once(child.stdout, 'data');
  return child;
}

test('a lock that another process has is refused, with its name, until that process is killed', async () => {
  const file = join(folder, 'killed.lock');
  const other = await takeInAnotherProcess(file);
  await expect(takeExclusiveLock(file, 'stop')).rejects.toThrow(
    'create (process 42) is at work on this cluster',
  );
  other.kill('SIGKILL');
  await once(other, 'close');
  using lock = await takeExclusiveLock(file, 'stop');
  expect(lock).toBeDefined();
});

test('a lock is free when it was let go', async () => {
  const file = join(folder, 'released.lock');
  {
    using _first = await takeExclusiveLock(file, 'first');
  }
  using second = await takeExclusiveLock(file, 'second');
  expect(second).toBeDefined();
});
