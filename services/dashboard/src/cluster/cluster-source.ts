import type { WatchedKind, WatchedObjects } from './objects.ts';

/** Something that happened to an object; `applied` is added or changed. */
export type ClusterEvent = {
  [Kind in WatchedKind]: {
    readonly type: 'applied' | 'deleted';
    readonly kind: Kind;
    readonly object: WatchedObjects[Kind];
  };
}[WatchedKind];

/** Whether what is known of the cluster is what it is now. */
export type ConnectionState =
  | { readonly status: 'connecting' }
  | { readonly status: 'connected' }
  | { readonly status: 'lost'; readonly reason: string };

/** Who is told of a cluster. */
export interface ClusterListener {
  onEvent(event: ClusterEvent): void;
  onConnection(state: ConnectionState): void;
}

/** What something uses now. */
export interface Usage {
  /** In cores. */
  readonly cpu: number;
  readonly memoryBytes: number;
}

/** What nodes and pods use, by name; pods by `namespace/name`. */
export interface ClusterUsage {
  readonly nodes: ReadonlyMap<string, Usage>;
  readonly pods: ReadonlyMap<string, Usage>;
}

/** A cluster that can be watched, and asked for its load. It can't be changed by this. */
export interface ClusterSource {
  /** Tells of all that is there, then of every change, until it is stopped. */
  start(listener: ClusterListener): void;
  /** @throws where the cluster can't tell now */
  readUsage(): Promise<ClusterUsage>;
  stop(): Promise<void>;
}
