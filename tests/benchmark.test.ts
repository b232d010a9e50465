import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CommandResult, runCommand } from './support/run-command.ts';

// Here, and not beside it: nothing else may run meanwhile.
const MAIN = join(import.meta.dirname, '..', 'services', 'bench', 'main.ts');

async function bench(...args: string[]): Promise<CommandResult> {
  return await runCommand(process.execPath, [MAIN, ...args]);
}

test('the benchmark measures every target, and orders to the row', async () => {
  const { stdout, stderr, exitCode } = await bench('--rounds', '1', '--seconds', '1', '--orders', '300');
  expect(`${stderr}\nexit code ${exitCode}`).toMatch(/exit code 0$/);
  for (const target of ['direct to inventory-app', 'through the gateway', 'through nginx, 2 workers']) {
    expect(stdout).toMatch(new RegExp(`^${target} +[1-9]`, 'm'));
  }
  expect(stdout).toMatch(/^from POST to row +[1-9]/m);
});

test('a benchmark that would load the machine without bound is refused', async () => {
  const { stderr, exitCode } = await bench('--seconds', '3600');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('seconds');
});
