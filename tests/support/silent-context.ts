import { join } from 'node:path';
import { detectOperatingSystem } from '../../bootstrap/lib/operating-system.ts';
import type { ClusterSettings } from '../../bootstrap/settings/cluster-settings.ts';
import type { Context } from '../../bootstrap/settings/context.ts';
import { readEnvironment } from '../../bootstrap/settings/environment.ts';
import { readClusterSettings } from '../../bootstrap/settings/read-cluster-settings.ts';
import { shell } from './go-tools.ts';

/** The settings of the cluster `local` in this clone. */
export const LOCAL: ClusterSettings = await readClusterSettings(
  join(import.meta.dirname, '..', '..'),
  'local',
);

/**
 * What steps work with, without a log: the cluster `local`.
 *
 * @param repository the folder of a clone
 * @param folder where the cluster's data, cache and configuration are
 */
export async function silentContext(
  repository: string,
  folder: string,
  settings: ClusterSettings = LOCAL,
): Promise<Context> {
  return {
    repository,
    cluster: { name: 'local', folder: join(repository, 'clusters', 'local'), settings },
    directories: { data: folder, cache: folder, config: folder, log: folder },
    environment: readEnvironment(),
    system: await detectOperatingSystem(),
    log: { file: '', info: () => {}, error: () => {}, close: () => Promise.resolve() },
    shell,
    signal: new AbortController().signal,
    isOffline: false,
  };
}
