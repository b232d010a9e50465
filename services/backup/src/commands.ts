import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'service-runtime/logging/create-logger';
import { z } from 'zod';
import { streamArchive } from './archive/write-archive.ts';
import type { Config } from './config.ts';
import { createBackup } from './create-backup.ts';
import { receiveFile, receiveLine } from './receive-file.ts';
import { restoreBackup } from './restore-backup.ts';
import { keepBackup, listBackups } from './schedule/backup-folder.ts';
import { withScratch } from './scratch.ts';
import { untilAlone } from './until-alone.ts';
import { placesOf, untilReachable } from './until-reachable.ts';

/** What a command works with. */
export interface CommandContext {
  config: Config;
  logger: Logger;
  input: Readable;
  output: Writable;
  /** Aborted when the process is to end, or the time for a backup is over. */
  signal: AbortSignal;
}

type Command = (context: CommandContext, args: readonly string[]) => Promise<void>;

/** A command comes within this time after another, or none comes any more. */
const idleTimeoutMs = 60_000;
/** How long a backup that runs as soon as its pod does is held up by what may be down. */
const reachableTimeoutMs = 15_000;

const requestSchema = z.strictObject({
  cluster: z.string(),
  sealingKey: z.strictObject({ fingerprint: z.string(), text: z.string().max(100_000) }).optional(),
});

/** Writes a backup into the folder of scheduled ones, and removes those that are too old. */
const scheduled: Command = async ({ config, logger, signal }) => {
  const { sources, cluster, backupFolder, scratchFolder, holdTimeoutMs, ...retention } = config;
  const silent = await untilReachable(placesOf(sources), reachableTimeoutMs, signal);
  if (silent.length > 0) logger.warn({ silent }, 'not everything takes connections');
  await withScratch(scratchFolder, async (folder) => {
    const options = { sources, folder, holdTimeoutMs, logger, signal };
    const manifest = await createBackup({ cluster, kind: 'scheduled' }, options);
    const { name, removed } = await keepBackup(backupFolder, folder, manifest, retention);
    logger.info({ name, removed, rows: manifest.rows, messages: manifest.messages }, 'backup written');
  });
};

/** Does nothing but let other commands run beside it in its container, until none has for a while. */
const wait: Command = async ({ signal }) => {
  await untilAlone(idleTimeoutMs, signal);
};

/** Writes a backup to standard output; the first line of standard input is a request. */
const exportBackup: Command = async ({ config, logger, input, output, signal }) => {
  const { cluster, sealingKey } = requestSchema.parse(JSON.parse(await receiveLine(input)));
  const { sources, scratchFolder, holdTimeoutMs } = config;
  await withScratch(scratchFolder, async (folder) => {
    const request = { cluster, kind: 'requested' as const, ...(sealingKey ? { sealingKey } : {}) };
    const manifest = await createBackup(request, { sources, folder, holdTimeoutMs, logger, signal });
    await streamArchive(folder, manifest, output);
  });
};

/** Prints the scheduled backups as JSON. */
const list: Command = async ({ config, output }) => {
  output.end(`${JSON.stringify(await listBackups(config.backupFolder))}\n`);
};

/** Writes a scheduled backup to standard output. */
const read: Command = async ({ config, output }, [name = '']) => {
  const file = join(config.backupFolder, basename(name));
  await stat(file).catch((cause: unknown) => {
    throw new Error(`There is no scheduled backup ${name}.`, { cause });
  });
  await pipeline(createReadStream(file), output);
};

/** Restores the archive that comes by standard input: so many bytes. */
const restore: Command = async ({ config, logger, input, output, signal }, [bytes, mode]) => {
  const { sources, scratchFolder } = config;
  await withScratch(scratchFolder, async (folder) => {
    const file = join(folder, 'archive');
    await receiveFile(input, z.coerce.number().int().min(1).parse(bytes), file, signal);
    logger.info('archive received');
    const mayReplace = mode === '--replace';
    const parts = join(folder, 'parts');
    const result = await restoreBackup({ sources, file, folder: parts, mayReplace, logger, signal });
    output.end(`${JSON.stringify(result)}\n`);
  });
};

/** The commands of this program, by name. */
export const commands: Readonly<Record<string, Command>> = {
  scheduled,
  wait,
  export: exportBackup,
  list,
  read,
  restore,
};
