import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shell } from '../../tests/support/go-tools.ts';
import {
  formatBegin,
  formatCopy,
  formatRootCommand,
  formatStart,
  formatWrite,
  quoteWord,
} from './remote-scripts.ts';

const SHELLS = [['dash'], ['busybox', 'sh'], ['bash']];
const AWKWARD = `it's "$HOME" \`id\` \\ ! ~ *\n\ttab`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remote-'));
});
afterEach(async () => await rm(folder, { recursive: true }));

describe.each(SHELLS)('in %s %s', (program, ...options) => {
  const run = (script: string, input = '', env: Record<string, string> = {}) =>
    shell.run(program, [...options.filter(Boolean), '-c', script], { input, env });

  test('a word stays as it is', async () => {
    expect((await run(`printf %s ${quoteWord(AWKWARD)}`)).stdout).toBe(AWKWARD);
  });

  test.each(['sudo', 'doas'])('a script is run by %s, and ends at its first failure', async (name) => {
    // Only this one is on the PATH, besides the shells; it tells that it was asked.
    await mkdir(join(folder, 'bin'));
    const file = join(folder, 'bin', name);
    await writeFile(file, `#!/bin/sh\necho "as root by ${name}"\nexec "$@"\n`);
    await chmod(file, 0o755);
    await shell.run('sh', ['-c', `ln -s "$(command -v sh)" "$(command -v dash)" ${quoteWord(folder)}/bin/`]);
    const script = `echo ${quoteWord(AWKWARD)}\nfalse\necho not reached`;
    const inner = formatRootCommand(script);
    const wrapped = `PATH=${quoteWord(join(folder, 'bin'))}; ${inner} || echo "failed $?"`;
    expect((await run(wrapped)).stdout).toBe(`as root by ${name}\n${AWKWARD}\nfailed 1\n`);
  });

  test('a file is written in one step, and only when it is another', async () => {
    const file = join(folder, "a folder of the cluster's", 'config.yaml');
    const script = `set -eu\n${formatWrite(file, '0640')}`;
    expect((await run(script, 'one\n')).stdout).toBe('changed\n');
    expect((await run(script, 'one\n')).stdout).toBe('same\n');
    expect((await run(script, 'two\n')).stdout).toBe('changed\n');
    expect(await readFile(file, 'utf8')).toBe('two\n');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(await readdir(join(file, '..'))).toEqual(['config.yaml']);
  });

  test('a file that arrives damaged replaces nothing', async () => {
    const file = join(folder, 'k3s');
    const checksum = createHash('sha256').update('whole').digest('hex');
    const script = `set -eu\n${formatCopy(file, '0755', checksum)}`;
    await run(script, 'whole');
    expect(await readFile(`${file}.sha256`, 'utf8')).toBe(`${checksum}\n`);
    await expect(run(script, 'half')).rejects.toThrow();
    expect(await readFile(file, 'utf8')).toBe('whole');
  });

  test.each([true, false])('the start of the service is a script (anew: %s)', async (mustRestart) => {
    await run(`if false; then\n${formatStart(mustRestart)}\nfi`);
  });

  test('an installation that has begun is known as long as k3s was not started, or the machine', async () => {
    const put = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o755 });
    await put('pidof', '#!/bin/sh\nfalse\n');
    for (const name of ['rc-update', 'rc-service']) await put(name, '#!/bin/sh\n');
    const here = async (script: string) => {
      const text = `set -eu\nPATH=${quoteWord(folder)}:$PATH\n${script.replaceAll('/run/', `${folder}/`)}`;
      return (await run(text)).stdout;
    };
    expect(await here(formatBegin())).toBe('');
    await put('pidof', '#!/bin/sh\necho 1\n');
    expect(await here(formatBegin())).toBe('runs\ninterrupted\n');
    await here(formatStart(true));
    expect(await here(formatBegin())).toBe('runs\n');
    await put('rc-service', '#!/bin/sh\nfalse\n');
    await expect(here(formatStart(true))).rejects.toThrow();
    expect(await here(formatBegin())).toBe('runs\ninterrupted\n');
  });
});
