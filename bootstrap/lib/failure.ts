import { describeError, UserError } from './errors.ts';
import { findRemedy } from './known-causes.ts';
import { StepError } from './progress.ts';
import { CommandError } from './shell.ts';

/** What surrounds a failure's message. */
export interface FailureOptions {
  /** Adds the stack traces. */
  readonly isVerbose: boolean;
  readonly logFile?: string;
  /** What to do next, where the error itself doesn't say. */
  readonly remedy?: string;
}

/** Writes what failed, where, and what to do next, on stderr. */
export function printFailure(error: unknown, options: FailureOptions): void {
  process.stderr.write(`${formatFailure(error, options)}\n`);
}

/** The text of {@link printFailure}. */
export function formatFailure(error: unknown, options: FailureOptions): string {
  const reason = error instanceof StepError ? error.cause : error;
  const isExpected = reason instanceof UserError || reason instanceof CommandError;
  const lines = [
    error instanceof StepError
      ? `${error.message}: ${describeError(reason)}`
      : `Error: ${describeError(reason)}`,
  ];
  if (options.logFile) lines.push(`  log:  ${options.logFile}`);
  const remedy =
    reason instanceof UserError ? reason.remedy : (findRemedy(allText(reason)) ?? options.remedy);
  if (remedy) lines.push(`  next: ${remedy}`);
  if (options.isVerbose) lines.push(describeStack(error));
  else if (!isExpected) lines.push('  Add --verbose to see where in the program this happened.');
  return lines.join('\n');
}

/** The message of a failure, and all that a program printed about it. */
function allText(reason: unknown): string {
  return reason instanceof CommandError ? reason.result.stderr : describeError(reason);
}

function describeStack(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  return `${thrown.stack ?? thrown.message}${thrown.cause ? `\ncaused by ${describeStack(thrown.cause)}` : ''}`;
}
