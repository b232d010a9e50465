import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../archive/manifest.ts';
import { verifyArchive } from '../archive/read-archive.ts';
import { syncToDisk, writeArchive } from '../archive/write-archive.ts';
import { chooseExpired } from './choose-expired.ts';

/** A scheduled backup that is kept. */
export interface KeptBackup {
  name: string;
  createdAt: Date;
  bytes: number;
}

/** How many backups are kept. */
export interface Retention {
  keepNewest: number;
  keepDays: number;
}

const extension = '.backup';
const unfinished = '.partial';
const namePattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.backup$/;

/** @returns the name of a backup of that moment */
export function backupName(createdAt: Date): string {
  return `${createdAt.toISOString().replace(/[-:]|\.\d+/g, '')}${extension}`;
}

/** Lists the backups in a folder, the newest first. */
export async function listBackups(folder: string): Promise<KeptBackup[]> {
  const backups: KeptBackup[] = [];
  for (const name of (await readdir(folder)).sort().reverse()) {
    const time = namePattern.exec(name);
    if (!time) continue;
    const [, year, month, day, hour, minute, second] = time;
    const createdAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    backups.push({ name, createdAt, bytes: (await stat(join(folder, name))).size });
  }
  return backups;
}

/**
 * Puts the parts of a backup into the folder as one file, reads it through, and only then removes what the
 * retention doesn't keep; so the last good one stays whatever fails.
 * @returns its name, and the names of those that were removed
 */
export async function keepBackup(
  folder: string,
  parts: string,
  manifest: Manifest,
  retention: Retention,
): Promise<{ name: string; removed: string[] }> {
  await mkdir(folder, { recursive: true });
  await removeUnfinished(folder);
  const name = backupName(new Date(manifest.createdAt));
  const file = join(folder, name);
  try {
    await writeArchive(parts, manifest, `${file}${unfinished}`);
    await verifyArchive(`${file}${unfinished}`);
    await rename(`${file}${unfinished}`, file);
    await syncToDisk(folder);
  } catch (error) {
    await removeUnfinished(folder);
    throw error;
  }
  const removed = chooseExpired(await listBackups(folder), retention, new Date(manifest.createdAt));
  for (const old of removed) await rm(join(folder, old));
  return { name, removed };
}

/** What runs that were killed have left behind; one run at a time is the schedule's promise. */
export async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names.filter((one) => one.endsWith(unfinished)))
    await rm(join(folder, name), { force: true });
}
