import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'service-runtime/logging/create-logger';
import packageManifest from '../package.json' with { type: 'json' };
import { archiveVersion, type Manifest, partNames } from './archive/manifest.ts';
import { describePart, writeManifest } from './archive/write-archive.ts';
import { captureMoment, type Moment } from './capture-moment.ts';
import type { Sources } from './config.ts';

/** What a backup is to say of itself, and the sealing key, which only the host has. */
export interface BackupRequest {
  cluster: string;
  kind: Manifest['kind'];
  /** Encrypted already. */
  sealingKey?: { fingerprint: string; text: string };
}

export interface BackupOptions {
  sources: Sources;
  /** An empty folder that the parts are left in. */
  folder: string;
  holdTimeoutMs: number;
  logger: Logger;
  signal: AbortSignal;
}

/** Writes the parts of an archive and its manifest into a folder, while everything goes on working. */
export async function createBackup(request: BackupRequest, options: BackupOptions): Promise<Manifest> {
  const { folder, logger } = options;
  const moment = await captureMoment({ ...options, queuesFile: join(folder, partNames.queues) });
  try {
    logger.info({ heldMs: moment.heldMs, messages: moment.messages }, 'queues exported, snapshots taken');
    await dumpDatabases(moment, options);
    if (request.sealingKey) await writeFile(join(folder, partNames.sealingKey), request.sealingKey.text);
    const names = [
      partNames.inventory,
      partNames.billing,
      partNames.queues,
      ...(request.sealingKey ? [partNames.sealingKey] : []),
    ];
    const manifest: Manifest = {
      format: 'orchestrator-backup',
      version: archiveVersion,
      id: randomUUID(),
      cluster: request.cluster,
      createdAt: moment.takenAt.toISOString(),
      kind: request.kind,
      components: {
        backup: packageManifest.version,
        'inventory-database': moment.inventory.serverVersion,
        'billing-database': moment.billing.serverVersion,
        rabbitmq: moment.brokerVersion,
      },
      rows: {
        inventory: await moment.inventory.countRows(),
        billing: await moment.billing.countRows(),
      },
      messages: moment.messages,
      heldMs: moment.heldMs,
      sealingKeyFingerprint: request.sealingKey?.fingerprint ?? null,
      parts: await Promise.all(names.map((name) => describePart(folder, name))),
    };
    await writeManifest(folder, manifest);
    return manifest;
  } finally {
    await Promise.all([moment.inventory.close(), moment.billing.close()]);
  }
}

async function dumpDatabases(
  { inventory, billing }: Moment,
  { folder, sources: { programs }, signal, logger }: BackupOptions,
): Promise<void> {
  await inventory.dump(join(folder, partNames.inventory), programs, signal);
  await billing.dump(join(folder, partNames.billing), programs, signal);
  logger.info('databases dumped');
}
