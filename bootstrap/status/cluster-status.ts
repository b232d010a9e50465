import type { MachineState } from '../machines/vagrant.ts';
import type { BackupStatus } from './backup-status.ts';

/** A cluster as it is now; what `status --json` prints. */
export interface ClusterStatus {
  readonly cluster: string;
  /** Whether all machines that Vagrant makes run, and the API server answers. */
  readonly isRunning: boolean;
  readonly machines: readonly MachineStatus[];
  readonly nodes: readonly NodeStatus[];
  readonly applications: readonly ApplicationSummary[];
  readonly addresses: Readonly<Record<string, string>>;
  readonly backup?: BackupStatus;
  /** Why nodes and applications are not known, if they aren't. */
  readonly problem?: string;
}

/** A machine as Vagrant knows it. */
export interface MachineStatus {
  readonly name: string;
  readonly address: string;
  readonly state: MachineState;
}

/** A node as Kubernetes knows it. */
export interface NodeStatus {
  readonly name: string;
  readonly isReady: boolean;
  /** Whether pods may be put there: not while it is cordoned, as by `node drain`. */
  readonly isSchedulable: boolean;
  readonly version: string;
}

/** An Application as Argo CD knows it. */
export interface ApplicationSummary {
  readonly name: string;
  readonly sync: string;
  readonly health: string;
  /** The commit that it was compared to last; deployed, where it is Synced. */
  readonly revision: string;
  /** Why it isn't as git has it, where something failed. */
  readonly failure?: string;
}
