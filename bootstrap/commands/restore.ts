import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { exists } from '../artifacts/artifact.ts';
import { defaultBackupFile, readBackupFile, requireNewFile, writeBackupFile } from '../backup/backup-file.ts';
import { type BackupPod, withBackupPod } from '../backup/backup-pod.ts';
import { describeContents } from '../backup/describe-contents.ts';
import { PodFailure } from '../backup/pod-log.ts';
import { requestBackup } from '../backup/request-backup.ts';
import { restartWriters } from '../backup/restart-writers.ts';
import { restoreSealingKey } from '../backup/restore-sealing-key.ts';
import { UserError } from '../lib/errors.ts';
import { type Report, runSteps, type Step } from '../lib/progress.ts';
import { adminKubeconfigFile } from '../steps/nodes-step.ts';
import { accessCluster } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runExclusiveSession, type Session } from './session.ts';

interface RestoreOptions extends CommonOptions {
  readonly passphraseFile?: string;
  readonly replace: boolean;
  readonly copy: boolean;
}

/** `restore`: brings all data back from a file that `backup` or the schedule wrote. */
export function registerRestore(program: Command): void {
  addCommonOptions(program.command('restore').description('bring all data back from a backup'))
    .argument('<file>', 'a file that `backup` wrote')
    .option('--passphrase-file <file>', 'what the sealing key is encrypted with (- is standard input)')
    .option('--replace', 'throw away the data that the cluster has; a backup of them is made first', false)
    .option('--no-copy', 'with --replace, make no backup first: for data that can no longer be read')
    .action((file: string, options: RestoreOptions) =>
      runExclusiveSession('restore', options, (session) => restore(session, file, options)),
    );
}

async function restore(session: Session, file: string, options: RestoreOptions): Promise<void> {
  const { context, progress } = session;
  const archive = await readBackupFile(file);
  process.stdout.write(`${describeContents(archive.manifest)}\n\n`);
  const key = await restoreSealingKey(archive, context.directories.data, options.passphraseFile);
  process.stdout.write(`${key.message}\n`);
  const create = `./orchestrator.sh create --cluster ${context.cluster.name}`;
  if (!(await exists(adminKubeconfigFile(context)))) {
    if (!key.isThere) throw new UserError('The cluster has not been created.', create);
    process.stdout.write(`Next: ${create}, then this command again for the data.\n`);
    return;
  }
  const kubernetes = await accessCluster(context).kubernetes();
  const copy = defaultBackupFile(context.cluster.name, new Date(), '-before-restore');
  const keepsCopy = options.replace && options.copy;
  const withPod = (title: string, work: (pod: BackupPod, report: Report) => Promise<void>): Step => ({
    title,
    run: async (report) => await withBackupPod(context, kubernetes, false, (pod) => work(pod, report)),
  });
  const { name } = context.cluster;
  const steps: Step[] = [
    withPod('Restore all data', (pod, report) => send(pod, file, archive.bytes, options.replace, report)),
    restartWriters(kubernetes),
  ];
  if (keepsCopy) {
    await requireNewFile(copy);
    const copyStep = withPod(`Back up what is there to ${copy}`, async (pod, report) => {
      await writeBackupFile(copy, (output) => requestBackup(pod, name, undefined, output, report));
    });
    steps.unshift(copyStep);
  }
  await runSteps(steps, progress);
  const kept = keepsCopy ? `; what was there before is in ${copy}` : '';
  process.stdout.write(`The data of ${file} are restored${kept}.\n`);
}

async function send(
  pod: BackupPod,
  file: string,
  bytes: number,
  mayReplace: boolean,
  report: Report,
): Promise<void> {
  // Its result repeats the manifest, which is shown already.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const args = ['restore', String(bytes), ...(mayReplace ? ['--replace'] : [])];
  try {
    await pod.run({ args, input: createReadStream(file), output, report });
  } catch (error) {
    if (!(error instanceof PodFailure) || error.type !== 'NotEmptyError') throw error;
    throw new UserError(
      error.message,
      'Restore into an empty cluster, or throw these data away: --replace (a backup of them is made first).',
      { cause: error },
    );
  }
}
