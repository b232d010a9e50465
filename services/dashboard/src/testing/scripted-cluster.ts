import type {
  ClusterEvent,
  ClusterListener,
  ClusterSource,
  ClusterUsage,
  ConnectionState,
} from '../cluster/cluster-source.ts';
import type { WatchedKind, WatchedObjects } from '../cluster/objects.ts';
import type { LogSource, LogTarget, RawLine } from '../logs/log-source.ts';

/** A cluster in which happens what a test says, told of by the same interface as a real one. */
export class ScriptedCluster implements ClusterSource {
  usage: ClusterUsage = { nodes: new Map(), pods: new Map() };
  readonly #events: ClusterEvent[] = [];
  #connection: ConnectionState = { status: 'connected' };
  #listener: ClusterListener | undefined;

  start(listener: ClusterListener): void {
    this.#listener = listener;
    listener.onConnection({ status: 'connecting' });
    for (const event of this.#events) listener.onEvent(event);
    listener.onConnection(this.#connection);
  }

  readUsage(): Promise<ClusterUsage> {
    return Promise.resolve(this.usage);
  }

  stop(): Promise<void> {
    this.#listener = undefined;
    return Promise.resolve();
  }

  apply<Kind extends WatchedKind>(kind: Kind, object: WatchedObjects[Kind]): void {
    this.#tell({ type: 'applied', kind, object } as ClusterEvent);
  }

  remove<Kind extends WatchedKind>(kind: Kind, object: WatchedObjects[Kind]): void {
    this.#tell({ type: 'deleted', kind, object } as ClusterEvent);
  }

  connection(state: ConnectionState): void {
    this.#connection = state;
    this.#listener?.onConnection(state);
  }

  #tell(event: ClusterEvent): void {
    this.#events.push(event);
    this.#listener?.onEvent(event);
  }
}

/** Logs that print what a test says. */
export class ScriptedLogs implements LogSource {
  /** The containers that were followed, by name, and whether they are to be followed still. */
  readonly followed = new Map<string, () => boolean>();
  readonly #lines: { readonly pod: string; readonly line: RawLine }[] = [];
  readonly #followers = new Set<{ readonly pod: string; readonly onLine: (line: RawLine) => void }>();

  async follow(
    { pod, container }: LogTarget,
    tailLines: number,
    signal: AbortSignal,
    onLine: (line: RawLine) => void,
    isRunning: () => boolean,
  ): Promise<void> {
    this.followed.set(container, isRunning);
    const own = this.#lines.filter((one) => one.pod === pod);
    for (const { line } of own.slice(-tailLines)) onLine(line);
    const follower = { pod, onLine };
    this.#followers.add(follower);
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.#followers.delete(follower);
  }

  print(pod: string, text: string, atMs = Date.now()): void {
    const line = { atMs, text };
    this.#lines.push({ pod, line });
    for (const follower of this.#followers) if (follower.pod === pod) follower.onLine(line);
  }
}
