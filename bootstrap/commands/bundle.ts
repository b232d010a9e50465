import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { createClusterArtifacts } from '../artifacts/cluster-artifacts.ts';
import { withChosenSource } from '../artifacts/source.ts';
import { requireNewFile } from '../backup/backup-file.ts';
import { REPOSITORY_PART } from '../bundle/bundle-description.ts';
import { makeBundleStep, requireWholeCommit } from '../bundle/make-bundle.ts';
import { inspectForBundle } from '../checks/preflight.ts';
import { requireRepository } from '../lib/git.ts';
import { runSteps } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { requireOwnMachines } from '../settings/vagrant-machines.ts';
import { artifactSteps } from '../steps/artifacts-step.ts';
import { preflightStep } from '../steps/preflight-step.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';

interface BundleOptions extends CommonOptions {
  readonly install: boolean;
}

/** `bundle`: everything that `create` needs in one file, for a machine without a network. */
export function registerBundle(program: Command): void {
  addCommonOptions(
    program
      .command('bundle')
      .description('write all that `create` needs into one file, for a machine without a network'),
  )
    .argument('<file>', 'a file that is not there yet')
    .option('--no-install', 'never install or start anything on this machine; say what is missing instead')
    .action((file: string, options: BundleOptions) =>
      runSession('bundle', options, async ({ context, progress }) => {
        requireOwnMachines(context, 'bundle');
        const { shell, repository, cluster } = context;
        await requireNewFile(file);
        await requireRepository(shell, repository, cluster.settings.git.path);
        await requireWholeCommit(shell, repository);
        await withChosenSource(context, async (source) => {
          const artifacts = createClusterArtifacts(context, source, true);
          const look = () => inspectForBundle(context, source === 'packages');
          await runSteps(
            [
              preflightStep(context, look, options.install),
              ...artifactSteps(artifacts),
              makeBundleStep(context, artifacts, file),
            ],
            progress,
          );
        });
        process.stdout.write(formatSummary(context, file, (await stat(file)).size));
      }),
    );
}

function formatSummary({ cluster }: Context, file: string, bytes: number): string {
  const option = cluster.name === 'local' ? '' : ` --cluster ${cluster.name}`;
  const folder = join('orchestrator', cluster.settings.git.path);
  const name = basename(file);
  return `
${file} is written (${Math.ceil(bytes / 1024 ** 2)} MiB). On the machine without a network:

  tar -xOf ${name} ${REPOSITORY_PART} > ${REPOSITORY_PART}
  git clone ${REPOSITORY_PART} orchestrator
  ${folder}/orchestrator.sh create --bundle ${name}${option}

bundle written
`;
}
