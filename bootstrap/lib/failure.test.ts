import { describe, expect, test } from 'vitest';
import { UserError } from './errors.ts';
import { formatFailure } from './failure.ts';
import { StepError } from './progress.ts';
import { CommandError } from './shell.ts';

describe('a failure', () => {
  test('names the step, the reason, the log and what to do', () => {
    const error = new StepError('Start the machines', new UserError('there is no room', 'Make room.'));
    expect(formatFailure(error, { isVerbose: false, logFile: '/var/log/it.log' })).toBe(
      'The step "Start the machines" failed: there is no room\n  log:  /var/log/it.log\n  next: Make room.',
    );
  });

  test.each([
    ['write /x: no space left on device', 'The disk is full'],
    ['dial tcp: lookup proxy.example: no such host', 'Something has to be downloaded'],
    ['x509: certificate signed by unknown authority', 'A proxy opens TLS'],
    ['Cannot connect to the Docker daemon', 'What the machines run on'],
  ])('of a program that printed "%s" comes with what to do about it', (stderr, remedy) => {
    const error = new CommandError('go build', { stdout: '', stderr, exitCode: 1 });
    expect(formatFailure(error, { isVerbose: false, remedy: 'See the log.' })).toContain(remedy);
  });

  test('has a stack trace only when that is asked for', () => {
    const error = new Error('a defect');
    expect(formatFailure(error, { isVerbose: false })).not.toContain('at ');
    expect(formatFailure(error, { isVerbose: true })).toContain('failure.test.ts');
  });
});
