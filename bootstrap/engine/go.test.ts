import { expect, test } from 'vitest';
import { createShell } from '../lib/shell.ts';

// The same flags as for building, so that what was compiled for one serves the other.
const FLAGS = ['-trimpath', '-gcflags=all=-dwarf=false'];
const ENVIRONMENT = { CGO_ENABLED: '0' };
const COLD_CACHE_TIMEOUT_MS = 30 * 60_000;

const shell = createShell(
  { file: '', info: () => {}, error: () => {}, close: () => Promise.resolve() },
  new AbortController().signal,
);
const run = (program: string, ...args: string[]) =>
  shell.attempt(program, args, { cwd: import.meta.dirname, env: ENVIRONMENT });

test('the engine is formatted', async () => {
  expect((await run('gofmt', '-l', 'cmd', 'internal')).stdout).toBe('');
});

test('the engine passes its own tests', { timeout: COLD_CACHE_TIMEOUT_MS }, async () => {
  const { exitCode, stdout, stderr } = await run('go', 'test', ...FLAGS, './...');
  expect(`${stdout}${stderr}`).not.toMatch(/^(FAIL|---\s*FAIL)/m);
  expect(exitCode).toBe(0);
});
