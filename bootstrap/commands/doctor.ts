import type { Command } from 'commander';
import { chooseSource } from '../artifacts/source.ts';
import type { Finding } from '../checks/finding.ts';
import { inspect } from '../checks/preflight.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';

/** `doctor`: looks at everything that `create` needs, lists it, and changes nothing. */
export function registerDoctor(program: Command): void {
  addCommonOptions(
    program.command('doctor').description('check what `create` needs, and change nothing'),
  ).action((options: CommonOptions) =>
    runSession('doctor', options, async ({ context }) => {
      const source = await chooseSource(context);
      const findings = await inspect(context, { fromPackages: source === 'packages' });
      process.stdout.write(`${formatFindings(findings)}\n`);
      process.exitCode = findings.every((finding) => finding.isFine) ? 0 : 1;
    }),
  );
}

/** One line a finding, and under each problem what to do about it. */
export function formatFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map((finding) => finding.subject.length));
  return findings
    .map(({ subject, isFine, detail, remedy }) => {
      const line = `${isFine ? '✔' : '✖'} ${subject.padEnd(width)}  ${detail}`;
      return remedy ? `${line}\n  ${' '.repeat(width)}  → ${remedy}` : line;
    })
    .join('\n');
}
