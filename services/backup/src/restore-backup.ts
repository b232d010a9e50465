import { join } from 'node:path';
import { deadLetterQueueName } from 'service-contracts/billing-queue';
import { closeInTime } from 'service-runtime/broker/connect-broker';
import type { Logger } from 'service-runtime/logging/create-logger';
import { type Manifest, partNames } from './archive/manifest.ts';
import { extractArchive, verifyArchive } from './archive/read-archive.ts';
import type { Sources } from './config.ts';
import { withDatabase } from './database/database-address.ts';
import { migrationsTable } from './database/empty-database.ts';
import { NotEmptyError, restoreDatabase } from './database/restore-database.ts';
import { finishRestore, readMarker } from './database/restore-marker.ts';
import { countRows } from './database/take-snapshot.ts';
import { openBroker } from './queue/open-broker.ts';
import { publishMissing } from './queue/publish-missing.ts';
import { readRecords } from './queue/read-records.ts';

export interface RestoreOptions {
  sources: Sources;
  /** The archive. */
  file: string;
  /** A folder for its parts. */
  folder: string;
  /** Whether data that are there may be thrown away. */
  mayReplace: boolean;
  logger: Logger;
  signal: AbortSignal;
}

/** What a restore did. */
export interface RestoreResult {
  manifest: Manifest;
  /** Messages that were published, by queue; those that were there already are not counted. */
  published: Record<string, number>;
}

type DatabaseName = 'inventory' | 'billing';
const databaseNames: readonly DatabaseName[] = ['inventory', 'billing'];

/**
 * Brings everything back from an archive: each database in one transaction, then the messages. One that was killed
 * can be done again: it goes on where it stopped.
 * @throws BadArchiveError, before anything has changed
 * @throws NotEmptyError if there are data that may not be thrown away
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreResult> {
  const { sources, file, folder, mayReplace, logger, signal } = options;
  const { manifest } = await verifyArchive(file);
  await extractArchive(file, folder);
  const isDone = await readProgress(sources, manifest.id);
  const isResumed = databaseNames.some((name) => isDone[name]);
  if (!mayReplace && !isResumed) await requireEmpty(sources);
  for (const name of databaseNames) {
    if (isDone[name]) {
      logger.info({ database: name }, 'restored before');
      continue;
    }
    await restoreDatabase({
      address: sources[name],
      file: join(folder, partNames[name]),
      archiveId: manifest.id,
      mayReplace,
      programs: sources.programs,
      signal,
    });
    logger.info({ database: name, rows: manifest.rows[name] }, 'restored');
  }
  const published = await restoreQueues(options, Object.keys(manifest.messages));
  for (const name of databaseNames)
    await withDatabase(sources[name], (client) => finishRestore(client, sources[name].name));
  return { manifest, published };
}

/** @returns which databases an earlier restore of this archive has filled, and did not get to its end */
async function readProgress(sources: Sources, id: string): Promise<Record<DatabaseName, boolean>> {
  const isDone = async (name: DatabaseName) => (await withDatabase(sources[name], readMarker)) === id;
  return { inventory: await isDone('inventory'), billing: await isDone('billing') };
}

/** Looks at everything before anything changes; each database looks again when nobody can write to it. */
async function requireEmpty(sources: Sources): Promise<void> {
  for (const name of databaseNames) {
    const rows = await withDatabase(sources[name], countRows);
    const full = Object.entries(rows).find(([table, count]) => count > 0 && table !== migrationsTable);
    if (full) throw new NotEmptyError(`The database ${name} has data: ${full[1]} rows in ${full[0]}.`);
  }
  const { connection } = await openBroker(sources.broker);
  try {
    const channel = await connection.createChannel();
    for (const queue of [sources.billingQueue, deadLetterQueueName(sources.billingQueue)]) {
      const { messageCount } = await channel.checkQueue(queue);
      if (messageCount > 0) throw new NotEmptyError(`The queue ${queue} has data: ${messageCount} messages.`);
    }
  } finally {
    await closeInTime(connection);
  }
}

async function restoreQueues(
  { sources, folder, logger, signal }: RestoreOptions,
  queues: readonly string[],
): Promise<Record<string, number>> {
  const records = await readRecords(join(folder, partNames.queues));
  const { connection } = await openBroker(sources.broker);
  const published: Record<string, number> = {};
  try {
    for (const queue of queues) {
      const own = records.filter((record) => record.queue === queue);
      published[queue] = own.length === 0 ? 0 : await publishMissing(connection, queue, own, signal);
      logger.info({ queue, messages: published[queue] }, 'published');
    }
  } finally {
    await closeInTime(connection);
  }
  return published;
}
