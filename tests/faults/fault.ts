import type { FaultCluster } from './cluster/fault-cluster.ts';
import type { RequestKind } from './load/request.ts';

/** What must hold of one kind of request. Nothing acknowledged may be lost or duplicated: that is always so. */
export interface KindMusts {
  /** The most seconds from each injection until it is served again. */
  readonly servedWithin?: number;
  /** The most seconds from the end of what was injected until it is served again. */
  readonly servedWithinOfHealing?: number;
  /** Whether no request may fail at all. */
  readonly noFailure?: true;
}

/** What must hold of each kind. */
export type Musts = Readonly<Record<RequestKind, KindMusts>>;

/** The same for all kinds. */
export function allKinds(musts: KindMusts): Musts {
  return { read: musts, movie: musts, order: musts };
}

/** What a fault works with while it is run. */
export interface FaultRun {
  readonly cluster: FaultCluster;
  /**
   * Takes back what was done, in reverse order. What is to be taken back is put in before it is done, so that
   * nothing stays broken after an error or Ctrl-C.
   */
  readonly undo: AsyncDisposableStack;
  /** Begins a new injection: times are counted from the last one. The first begins by itself. */
  injecting(what: string): void;
  /** Adds to the report what exactly was done. */
  note(text: string): void;
  /** Waits until all requests have been answered well for a few seconds, and the cluster is whole. */
  settled(): Promise<void>;
}

/** Something that goes wrong, how it is brought about, and what must come of it. */
export interface Fault {
  /** What `--only` calls it. */
  readonly name: string;
  readonly title: string;
  /** The outcome that it must have, in a sentence. */
  readonly expected: string;
  readonly musts: Musts;
  /** The machine whose address requests are sent to: one that the fault leaves alive; `master` unless told. */
  readonly entry?: 'master' | 'agent';
  /** Why it can't be run on this cluster, in words. */
  readonly unfit?: (cluster: FaultCluster) => Promise<string | undefined>;
  /** What must be made ready before the load starts. */
  readonly prepare?: (run: FaultRun) => Promise<void>;
  /** Brings it about, and lasts as long as the fault does; what is in `undo` is done then. */
  readonly inject: (run: FaultRun) => Promise<void>;
  /** What must be seen after the cluster is whole again; throws where it isn't. */
  readonly check?: (run: FaultRun) => Promise<void>;
}
