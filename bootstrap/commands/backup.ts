import { PassThrough, type Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Manifest } from '../../services/backup/src/archive/manifest.ts';
import { defaultBackupFile, requireNewFile, writeBackupFile } from '../backup/backup-file.ts';
import { type BackupPod, withBackupPod } from '../backup/backup-pod.ts';
import { describeContents } from '../backup/describe-contents.ts';
import { readPassphrase } from '../backup/read-passphrase.ts';
import { type ProtectedKey, requestBackup } from '../backup/request-backup.ts';
import { UserError } from '../lib/errors.ts';
import { formatTable } from '../lib/format-table.ts';
import { type Report, runSteps } from '../lib/progress.ts';
import { findSealingKey, listEarlierKeys } from '../secrets/sealing-key.ts';
import type { Context } from '../settings/context.ts';
import { accessCluster } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runSession, type Session } from './session.ts';

interface BackupOptions extends CommonOptions {
  readonly passphraseFile?: string;
  readonly sealingKey: boolean;
  readonly list: boolean;
  readonly scheduled?: string;
}

const listSchema = z.array(z.object({ name: z.string(), createdAt: z.iso.datetime(), bytes: z.int() }));

/** `backup`: writes all data of a cluster into one file. */
export function registerBackup(program: Command): void {
  addCommonOptions(program.command('backup').description('write all data of the cluster into one file'))
    .argument('[file]', 'a file that is not there yet; <cluster>-<time>.backup where left out')
    .option('--passphrase-file <file>', 'what to encrypt the sealing key with (- is standard input)')
    .option('--without-sealing-key', 'leave the sealing key out')
    .option('--list', 'show the scheduled backups that the cluster keeps', false)
    .option('--scheduled <name>', 'fetch a scheduled backup instead of making one; `latest` is the newest')
    .action(
      (
        file: string | undefined,
        options: Omit<BackupOptions, 'sealingKey'> & { withoutSealingKey?: boolean },
      ) =>
        runSession('backup', options, async (session) => {
          const all = { ...options, sealingKey: options.withoutSealingKey !== true };
          if (all.list) await printList(session);
          else await backUp(session, file, all);
        }),
    );
}

async function backUp(session: Session, named: string | undefined, options: BackupOptions): Promise<void> {
  const { context, progress } = session;
  const file = named ?? defaultBackupFile(context.cluster.name, new Date());
  await requireNewFile(file);
  const { scheduled } = options;
  const key = scheduled === undefined ? await protectKey(context, options) : undefined;
  const kubernetes = await accessCluster(context).kubernetes();
  let manifest: Manifest | undefined;
  const fill = async (pod: BackupPod, output: Writable, report: Report) => {
    if (scheduled === undefined) return await requestBackup(pod, context.cluster.name, key, output, report);
    const name = scheduled === 'latest' ? await findLatest(pod) : scheduled;
    await pod.run({ args: ['read', name], output, report });
  };
  const step = {
    title: scheduled === undefined ? 'Back up all data' : 'Fetch the scheduled backup',
    run: async (report: Report) => {
      await withBackupPod(context, kubernetes, scheduled !== undefined, async (pod) => {
        ({ manifest } = await writeBackupFile(file, (output) => fill(pod, output, report)));
      });
      return undefined;
    },
  };
  await runSteps([step], progress);
  if (manifest) process.stdout.write(`${describeContents(manifest)}\n\n${file} is written.\n`);
}

/** Asks before anything is done; leaves the key out only where that was said. */
async function protectKey(context: Context, options: BackupOptions): Promise<ProtectedKey | undefined> {
  if (!options.sealingKey) return undefined;
  const key = await findSealingKey(context.directories.data);
  if (!key)
    throw new UserError(
      `There is no sealing key in ${context.directories.data}.`,
      'Run this where the cluster was created, or leave the key out: --without-sealing-key.',
    );
  const remedy =
    'Give it as --passphrase-file FILE (- is standard input), or leave the key out: --without-sealing-key.';
  const earlier = await listEarlierKeys(context.directories.data);
  return {
    key,
    earlier,
    passphrase: await readPassphrase({ file: options.passphraseFile, isNew: true, remedy }),
  };
}

async function printList({ context }: Session): Promise<void> {
  const kubernetes = await accessCluster(context).kubernetes();
  await withBackupPod(context, kubernetes, true, async (pod) => {
    const backups = await readList(pod);
    const rows = backups.map(({ name, createdAt, bytes }) => [
      name,
      createdAt,
      `${Math.ceil(bytes / 1024)} KiB`,
    ]);
    const table = formatTable(['scheduled backup', 'of', 'size'], rows);
    process.stdout.write(backups.length === 0 ? 'There is no scheduled backup yet.\n' : `${table}\n`);
  });
}

async function findLatest(pod: BackupPod): Promise<string> {
  const [latest] = await readList(pod);
  if (latest) return latest.name;
  throw new UserError('There is no scheduled backup yet.', 'Make one now: leave --scheduled out.');
}

async function readList(pod: BackupPod): Promise<z.infer<typeof listSchema>> {
  const output = new PassThrough();
  const [list] = await Promise.all([text(output), pod.run({ args: ['list'], output, report: () => {} })]);
  return listSchema.parse(JSON.parse(list));
}
