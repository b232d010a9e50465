import type { Log } from '../lib/log.ts';
import type { OperatingSystem } from '../lib/operating-system.ts';
import type { Shell } from '../lib/shell.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import type { Directories } from './directories.ts';
import type { Environment } from './environment.ts';

/** A cluster as it is described in the clone: its name, its folder, its settings. */
export interface Cluster {
  readonly name: string;
  /** `<clone>/clusters/<name>` */
  readonly folder: string;
  readonly settings: ClusterSettings;
}

/** What every command and step works with. */
export interface Context {
  /** The folder of the clone. */
  readonly repository: string;
  readonly cluster: Cluster;
  readonly directories: Directories;
  readonly environment: Environment;
  readonly system: OperatingSystem;
  /** Whether everything must be had without a network, because the cluster is made from a bundle. */
  readonly isOffline: boolean;
  readonly log: Log;
  readonly shell: Shell;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
