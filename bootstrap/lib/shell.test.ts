import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { type Log, openLog } from './log.ts';
import { CommandError, createShell, type Shell } from './shell.ts';

let log: Log;
let shell: Shell;
let abort: AbortController;
beforeEach(async () => {
  log = await openLog(await makeTemporaryFolder('log-'), 'test', false);
  abort = new AbortController();
  shell = createShell(log, abort.signal);
});

const readLog = async () => {
  await log.close();
  return await readFile(log.file, 'utf8');
};

describe('a program', () => {
  test('gets its arguments as they are, whatever is in them', async () => {
    const odd = ['two words', "it's", '$HOME', '*', '', '--x=;rm'];
    const { stdout } = await shell.run('printf', ['%s\\n', ...odd]);
    expect(stdout.split('\n').slice(0, -1)).toEqual(odd);
  });

  test('that fails is an error with the exit code and what it printed last', async () => {
    const error: CommandError = await shell
      .run('sh', ['-c', 'echo it broke >&2; exit 3'])
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(CommandError);
    expect(error.message).toContain('exit code 3');
    expect(error.message).toContain('it broke');
  });

  test('that is not there is an error, too', async () => {
    await expect(shell.run('no-such-program', [])).rejects.toThrow('no-such-program');
  });

  test('is logged with its output', async () => {
    await shell.run('echo', ['hello']);
    const text = await readLog();
    expect(text).toContain('$ echo hello');
    expect(text).toMatch(/ {2}hello$/m);
  });

  test('gets secrets by standard input, and they stay out of the log', async () => {
    const { stdout } = await shell.run('cat', [], { input: 'hunter2', isSecret: true });
    expect(stdout).toBe('hunter2');
    expect(await readLog()).not.toContain('hunter2');
  });

  test('ends when the command is interrupted', async () => {
    const running = shell.run('sleep', ['60']);
    abort.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
  });
});
