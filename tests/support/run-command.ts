import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a program ended, and what it printed. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A program that runs. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly result: Promise<CommandResult>;
  /** Resolves when the program has printed something that matches; rejects when it ends without. */
  printed(pattern: RegExp): Promise<void>;
}

/** How a program is started. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Repeats on this process's output what the program prints. */
  readonly isShown?: boolean;
}

/** Starts a program. */
export function startCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): RunningCommand {
  const startedAtMs = performance.now();
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: 'pipe' });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
      if (options.isShown) process.stdout.write(text);
    });
  }
  // A program may end before it has read all; what it did is told by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const result = once(child, 'close').then(([exitCode]: (number | null)[]) => ({
    exitCode: exitCode ?? null,
    ...printed,
    seconds: (performance.now() - startedAtMs) / 1000,
  }));
  return { child, result, printed: (pattern) => watchOutput(child, printed, pattern, result) };
}

/** Runs a program to its end, whatever its exit code. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return await startCommand(program, args, options).result;
}

async function watchOutput(
  child: ChildProcess,
  printed: { readonly stdout: string; readonly stderr: string },
  pattern: RegExp,
  result: Promise<CommandResult>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => {
    if (pattern.test(printed.stdout) || pattern.test(printed.stderr)) resolve();
  };
  child.stdout?.on('data', look);
  child.stderr?.on('data', look);
  look();
  const ended = () =>
    reject(new Error(`It ended without printing ${pattern}:\n${printed.stdout}${printed.stderr}`));
  result.then(ended, reject);
  await promise;
}
