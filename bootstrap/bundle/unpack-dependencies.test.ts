import { cp, mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { canIsolate, runIsolated } from '../../tests/support/isolated-command.ts';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { openLog } from '../lib/log.ts';
import { createShell } from '../lib/shell.ts';
import { describeChecksum, packNodeModules } from './bundle-parts.ts';
import { writeTestBundle } from './testing/write-test-bundle.ts';

const SCRIPT = join('bootstrap', 'install-dependencies.sh');
const REPOSITORY = join(import.meta.dirname, '..', '..');
/** No node and no npm is in there. */
const PROGRAMS = ['bash', 'cat', 'cksum', 'dirname', 'grep', 'gzip', 'rm', 'sha256sum', 'tar', 'uname'];

/** What a compressed part begins with (RFC 1952). */
const GZIP = Buffer.from([0x1f, 0x8b]);

let folder = '';
let clone = '';
let bundle = '';
beforeEach(async () => {
  folder = await makeTemporaryFolder('unpack-');
  clone = join(folder, 'clone');
  await mkdir(join(clone, 'node_modules', '.bin'), { recursive: true });
  await mkdir(join(clone, 'bootstrap'));
  await cp(join(REPOSITORY, SCRIPT), join(clone, SCRIPT));
  await writeFile(join(clone, 'package-lock.json'), '{ "name": "clone" }');
  await mkdir(join(clone, 'node_modules', 'a-package'));
  await writeFile(join(clone, 'node_modules', 'a-package', 'index.js'), 'process.stdout.write("unpacked")');
  await symlink(process.execPath, join(clone, 'node_modules', '.bin', 'node'));
  bundle = await packDependencies();
  await rm(join(clone, 'node_modules'), { recursive: true });
});

/** A bundle with the dependencies of the clone, as `bundle` packs them. */
async function packDependencies(): Promise<string> {
  const log = await openLog(join(folder, 'log'), 'test', false);
  const shell = createShell(log, new AbortController().signal);
  const context = { repository: clone, shell, cache: join(folder, 'cache') };
  const part = await packNodeModules(context, () => {});
  const checksum = await describeChecksum(part, context, () => {});
  return await writeTestBundle(folder, {
    [part.part.name]: await readFile(part.file),
    [checksum.part.name]: await readFile(checksum.file),
  });
}

/** Runs the script where there is no network, and no Node. */
async function install(...args: string[]) {
  const path = join(folder, 'programs');
  await mkdir(path, { recursive: true });
  for (const program of PROGRAMS)
    await symlink(join('/usr/bin', program), join(path, program)).catch(() => undefined);
  const environment = ['--ignore-environment', `PATH=${path}`];
  return await runIsolated('env', [...environment, '/bin/bash', join(clone, SCRIPT), ...args]);
}

describe.skipIf(!(await canIsolate()))('without a network and without Node', () => {
  test('the dependencies come from the bundle, and are there for good', async () => {
    const first = await install('create', '--bundle', bundle);
    expect(first.stderr).toBe(`Unpacking npm dependencies from ${bundle}\n`);
    expect(first.exitCode).toBe(0);
    const node = join(clone, 'node_modules', '.bin', 'node');
    const run = await runIsolated(node, [join(clone, 'node_modules', 'a-package', 'index.js')]);
    expect(run.stdout).toBe('unpacked');
    for (const args of [['create', `--bundle=${bundle}`], ['status']]) {
      const again = await install(...args);
      expect(again).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });

  test('a half-unpacked folder is made whole', async () => {
    await mkdir(join(clone, 'node_modules', 'half'), { recursive: true });
    expect((await install('create', '--bundle', bundle)).exitCode).toBe(0);
    await expect(readFile(join(clone, 'node_modules', 'half'))).rejects.toThrow('ENOENT');
  });

  test('a bundle of another commit or for another machine is refused', async () => {
    await writeFile(join(clone, 'package-lock.json'), '{ "name": "another" }');
    const { exitCode, stderr } = await install('create', '--bundle', bundle);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/no npm dependencies of this clone for Linux on .*\n {2}next: tar -xOf/);
  });

  test('a damaged bundle is refused, and nothing of it is used', async () => {
    const content = await readFile(bundle);
    const position = content.indexOf(GZIP) + 40;
    content.writeUInt8((content.readUInt8(position) + 1) % 256, position);
    await writeFile(bundle, content);
    const damaged = await install('create', '--bundle', bundle);
    expect(damaged.exitCode).toBe(1);
    expect(damaged.stderr).toMatch(/is damaged: node_modules\/\S+ has another SHA-256/);
    for (const length of [position, 100, 0]) {
      await truncate(bundle, length);
      const cut = await install('create', '--bundle', bundle);
      expect(cut.exitCode).toBe(1);
      expect(cut.stderr).toMatch(/^Error: .*\n {2}next: /);
    }
    await expect(readFile(join(clone, 'node_modules', '.bin', 'node'))).rejects.toThrow('ENOENT');
  });

  test('a bundle that is not there is refused', async () => {
    const { exitCode, stderr } = await install('create', '--bundle', join(folder, 'none'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain("can't be read, or is no bundle");
  });
});
