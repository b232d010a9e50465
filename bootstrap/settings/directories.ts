import { join } from 'node:path';
import envPaths from 'env-paths';

const paths = envPaths('orchestrator', { suffix: '' });

/**
 * Where this program keeps things, by the XDG base directory specification
 * (https://specifications.freedesktop.org/basedir-spec/latest/), outside any clone.
 */
export interface Directories {
  /** What a cluster can't do without and git must not hold: its sealing key, its kubeconfig. */
  readonly data: string;
  /** What can be made again: downloads, builds, image archives, keyed by their content. */
  readonly cache: string;
  readonly log: string;
  /** What the user writes for all clusters and git must not hold: how registries are entered. */
  readonly config: string;
}

/** The directories of one cluster; all share the cache and the user's own configuration. */
export function clusterDirectories(clusterName: string): Directories {
  return {
    data: join(paths.data, clusterName),
    cache: paths.cache,
    log: join(paths.log, clusterName),
    config: paths.config,
  };
}
