import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../artifacts/artifact.ts';
import { createOfflineShell } from '../lib/offline-shell.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import type { Context } from '../settings/context.ts';
import type { Directories } from '../settings/directories.ts';
import type { BundleDescription } from './bundle-description.ts';

/** The file in a cluster's data directory that says which bundle it is made from. */
export const BUNDLE_NOTE_FILE = 'bundle.json';

const noteFile = ({ data }: Pick<Directories, 'data'>) => join(data, BUNDLE_NOTE_FILE);

/** Notes that a cluster is made from a bundle: from then on, no command uses the network for it. */
export async function noteBundle(
  { directories }: Pick<Context, 'directories'>,
  { parts: _, ...description }: BundleDescription,
): Promise<void> {
  await writePrivateFile(noteFile(directories), `${JSON.stringify(description, undefined, 2)}\n`);
}

/** Whether a cluster is made from a bundle. */
export async function isMadeFromBundle(directories: Pick<Directories, 'data'>): Promise<boolean> {
  return await exists(noteFile(directories));
}

/** Lets commands use the network again. */
export async function forgetBundle(directories: Pick<Directories, 'data'>): Promise<void> {
  await rm(noteFile(directories), { force: true });
}

/** The same context for work without a network. */
export function withoutNetwork(context: Context): Context {
  if (context.isOffline) return context;
  return { ...context, isOffline: true, shell: createOfflineShell(context.shell) };
}
