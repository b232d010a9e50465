import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { $, quote } from 'zx';

export { quote };

import type { Log } from './log.ts';

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment that this process has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Goes to the program's standard input; the place for secrets, which never belong into `args`. */
  readonly input?: string | Buffer | Readable;
  /** Called for each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
  /** Keeps what the program prints out of the log, because it holds a secret. */
  readonly isSecret?: boolean;
  readonly timeoutMs?: number;
}

/** What a program printed and how it ended. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A program ended with another exit code than 0. */
export class CommandError extends Error {
  readonly result: RunResult;

  constructor(command: string, result: RunResult) {
    const lastLines = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-8).join('\n');
    super(`\`${command}\` ended with exit code ${result.exitCode}:\n${lastLines}`);
    this.name = 'CommandError';
    this.result = result;
  }
}

/** Runs programs; everything they print goes to the log. */
export interface Shell {
  /** Runs a program and throws {@link CommandError} unless it exits with 0. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs a program and returns how it ended, whatever the exit code. */
  attempt(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
}

/**
 * @param signal ends every program that still runs when it is aborted (Ctrl-C)
 * @param env added to the environment of every program
 */
export function createShell(
  log: Log,
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Shell {
  async function attempt(
    program: string,
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<RunResult> {
    const command = formatCommand(program, args);
    const startedAtMs = performance.now();
    log.info(`$ ${command}`);
    const child = $({
      quiet: true,
      nothrow: true,
      signal,
      detached: false,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      env: { ...$.env, ...env, ...options.env },
    })`exec ${[program, ...args]}`;
    // A program may end before it has read all of its input; its exit code tells what that means.
    child.stdin.on('error', (error) => log.info(`  standard input: ${error.message}`));
    const logLine = options.isSecret ? () => {} : (line: string) => log.info(`  ${line}`);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        logLine(line);
        options.onLine?.(line);
      });
    }
    const output = await child;
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    log.info(`  exit code ${output.exitCode ?? output.signal} after ${seconds} s`);
    return { stdout: output.stdout, stderr: output.stderr, exitCode: output.exitCode ?? 1 };
  }

  return {
    attempt,
    async run(program, args, options) {
      const result = await attempt(program, args, options);
      signal.throwIfAborted();
      if (result.exitCode !== 0) throw new CommandError(formatCommand(program, args), result);
      return result;
    },
  };
}

/** A command as one could type it into a shell. */
export function formatCommand(program: string, args: readonly string[]): string {
  return [program, ...args].map(quote).join(' ');
}
