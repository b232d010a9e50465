import { type CommandOptions, type CommandResult, runCommand } from './run-command.ts';

/** Has only a loopback interface, as on a machine that no cable leads to. */
const ISOLATE = ['--net', '--map-root-user', '--'];

/** Whether this system lets us make namespaces without a network. */
export async function canIsolate(): Promise<boolean> {
  return (await runCommand('unshare', [...ISOLATE, 'true']).catch(() => undefined))?.exitCode === 0;
}

/** Runs a program in a network namespace that nothing leads out of (unshare(1)). */
export async function runIsolated(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return await runCommand('unshare', [...ISOLATE, program, ...args], options);
}
