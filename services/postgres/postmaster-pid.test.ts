import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'data-'));
});

afterEach(async () => {
  await rm(data, { recursive: true });
});

function removeStalePidFile() {
  const program = 'import sys; from postmaster_pid import *; remove_stale_pid_file(sys.argv[1])';
  return spawnSync('python3', ['-B', '-c', program, data], { cwd: import.meta.dirname, encoding: 'utf8' });
}

/** Does to the process in the file what `pg_ctl reload` does. */
const reload = () => spawnSync('sh', ['-c', 'kill -HUP "$(head -n 1 "$0")"', join(data, 'postmaster.pid')]);

test('a process that has the number of a PostgreSQL that was killed is not taken for it', async () => {
  const other = spawn('sleep', ['60']);
  const ended = once(other, 'exit');
  await writeFile(join(data, 'postmaster.pid'), `${other.pid}\n${data}\n`);

  expect(removeStalePidFile()).toMatchObject({ status: 0, stdout: expect.stringContaining('is removed') });
  expect(reload().status).not.toBe(0);
  expect(await readdir(data)).toEqual([]);

  other.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
});

test('nothing is said of a PostgreSQL that ended by itself', () => {
  expect(removeStalePidFile()).toMatchObject({ status: 0, stdout: '', stderr: '' });
});
