import type { Command } from 'commander';
import { createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { chooseSource } from '../artifacts/source.ts';
import type { Finding } from '../checks/finding.ts';
import { findKubeconfig } from '../existing/find-kubeconfig.ts';
import { provideCluster } from './provide-cluster.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';

/** `doctor`: looks at everything that `create` needs, lists it, and changes nothing. */
export function registerDoctor(program: Command): void {
  addCommonOptions(
    program.command('doctor').description('check what `create` needs, and change nothing'),
  ).action((options: CommonOptions) =>
    runSession('doctor', options, async ({ context }) => {
      const artifacts = createClusterArtifacts(context, await chooseSource(context));
      const kubeconfig = await findKubeconfig(context, {});
      const findings = await (await provideCluster(context, artifacts, kubeconfig)).inspect();
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
