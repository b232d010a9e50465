import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'mark-incomplete.sh');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mark-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Starts `name.marked` with a program of that name that is this script. */
async function start(name: string, script: string, ...args: string[]) {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  await symlink(SCRIPT, join(folder, `${name}.marked`));
  // biome-ignore lint/style/noProcessEnv: the shell's own programs are found by it
  const env = { PATH: `${folder}:${process.env.PATH}`, PGDATA: join(folder, 'data') };
  return spawn('sh', [join(folder, `${name}.marked`), ...args], { env, stdio: 'ignore', detached: true });
}

const readMark = () => readFile(join(folder, 'data.incomplete'), 'utf8');

test('what is killed leaves its mark', async () => {
  const child = await start('pg_basebackup', 'exec sleep 60');
  await vi.waitFor(async () => expect(await readMark()).toBe('pg_basebackup\n'));

  process.kill(-Number(child.pid), 'SIGKILL');
  await once(child, 'exit');

  expect(await readMark()).toBe('pg_basebackup\n');
});

test('what ends by itself leaves none, and says how it ended', async () => {
  const child = await start('pg_rewind', 'test -e "$PGDATA.incomplete" || exit 1\nexit 3');

  expect(await once(child, 'exit')).toEqual([3, null]);
  await expect(access(join(folder, 'data.incomplete'))).rejects.toThrow('ENOENT');
});

test('pg_ctl is marked for initdb alone', async () => {
  const child = await start('pg_ctl', 'test ! -e "$PGDATA.incomplete"', 'promote');

  expect(await once(child, 'exit')).toEqual([0, null]);
});
