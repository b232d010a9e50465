import { join } from 'node:path';
import { openLog } from '../../bootstrap/lib/log.ts';
import { detectOperatingSystem } from '../../bootstrap/lib/operating-system.ts';
import { createShell } from '../../bootstrap/lib/shell.ts';
import type { Context } from '../../bootstrap/settings/context.ts';
import { clusterDirectories, type Directories } from '../../bootstrap/settings/directories.ts';
import { readEnvironment } from '../../bootstrap/settings/environment.ts';
import { readClusterSettings } from '../../bootstrap/settings/read-cluster-settings.ts';

/** Where a cluster is described, and where its data and logs are. */
export interface ClusterPlace {
  readonly repository: string;
  readonly name: string;
  readonly directories: Directories;
  /** Set for `./orchestrator.sh` in addition to this process's own variables. */
  readonly env: Readonly<Record<string, string>>;
}

/** The place of a cluster that this clone describes. */
export function existingCluster(name: string): ClusterPlace {
  const repository = join(import.meta.dirname, '..', '..');
  return { repository, name, directories: clusterDirectories(name), env: {} };
}

/**
 * What the program's own functions work with, for a cluster of any clone. Programs are not ended by Ctrl-C: what was
 * changed has to be put right after it.
 *
 * @param logName what the log's name begins with
 */
export async function openContext(
  { repository, name, directories }: ClusterPlace,
  logName: string,
  signal: AbortSignal,
): Promise<Context> {
  const settings = await readClusterSettings(repository, name);
  const log = await openLog(directories.log, logName, false);
  return {
    repository,
    cluster: { name, folder: join(repository, 'clusters', name), settings },
    directories,
    environment: readEnvironment(),
    system: await detectOperatingSystem(),
    isOffline: false,
    log,
    shell: createShell(log, new AbortController().signal),
    signal,
  };
}
