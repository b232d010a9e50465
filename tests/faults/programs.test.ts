import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireSuccess } from '../support/cluster-under-test.ts';
import { makeTemporaryFolder } from '../support/make-temporary-folder.ts';
import { runCommand } from '../support/run-command.ts';

const here = (...path: string[]) => join(import.meta.dirname, ...path);

test('the program that delays packets is well-formed, and refuses a loss of more than everything', async () => {
  const folder = await makeTemporaryFolder('fault-programs-');
  const cwd = here('delay-packets');
  await requireSuccess(runCommand('go', ['vet', './...'], { cwd }));
  const program = join(folder, 'delay-packets');
  await requireSuccess(runCommand('go', ['build', '-o', program, '.'], { cwd }));
  expect((await runCommand(program, ['-loss', '2'])).exitCode).toBe(2);
});

test.runIf(process.platform === 'linux')(
  'the library shifts the wall clock by what its file says',
  async () => {
    const folder = await makeTemporaryFolder('fault-programs-');
    const [library, file] = [join(folder, 'shift-clock.so'), join(folder, 'shift')];
    const flags = ['-Wall', '-Wextra', '-Werror', '-O2', '-shared', '-fPIC', `-DSHIFT_FILE="${file}"`];
    await requireSuccess(runCommand('cc', [...flags, '-o', library, here('shift-clock', 'shift-clock.c')]));
    const readAheadSeconds = async () => {
      const { stdout } = await requireSuccess(runCommand('env', [`LD_PRELOAD=${library}`, 'date', '+%s']));
      return Number(stdout) - Date.now() / 1000;
    };
    expect(Math.abs(await readAheadSeconds())).toBeLessThan(10);
    const shift = Buffer.alloc(4096);
    shift.writeBigInt64LE(3600n);
    await writeFile(file, shift);
    expect(Math.abs((await readAheadSeconds()) - 3600)).toBeLessThan(10);
  },
);
