import type { ClusterEvent } from './cluster-source.ts';
import type { Metadata, WatchedKind, WatchedObjects } from './objects.ts';

type ObjectMaps = { [Kind in WatchedKind]: Map<string, WatchedObjects[Kind]> };

/** What is known of a cluster's objects now. */
export interface ClusterObjects {
  /** The objects of a kind, by namespace and name. */
  list<Kind extends WatchedKind>(kind: Kind): readonly WatchedObjects[Kind][];
  find<Kind extends WatchedKind>(
    kind: Kind,
    namespace: string | undefined,
    name: string,
  ): WatchedObjects[Kind] | undefined;
}

/** Keeps the objects that events tell of. */
export class ObjectStore implements ClusterObjects {
  readonly #maps: ObjectMaps = {
    Node: new Map(),
    Pod: new Map(),
    Deployment: new Map(),
    StatefulSet: new Map(),
    DaemonSet: new Map(),
    ReplicaSet: new Map(),
    Event: new Map(),
    Application: new Map(),
  };

  apply({ type, kind, object }: ClusterEvent): void {
    const map: Map<string, typeof object> = this.#maps[kind];
    const key = keyOf(object.metadata);
    if (type === 'deleted') map.delete(key);
    else map.set(key, object);
  }

  list<Kind extends WatchedKind>(kind: Kind): readonly WatchedObjects[Kind][] {
    const named = [...this.#maps[kind]] as [string, WatchedObjects[Kind]][];
    return named.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, object]) => object);
  }

  find<Kind extends WatchedKind>(
    kind: Kind,
    namespace: string | undefined,
    name: string,
  ): WatchedObjects[Kind] | undefined {
    const map: ReadonlyMap<string, WatchedObjects[Kind]> = this.#maps[kind];
    return map.get(keyOf({ name, ...(namespace === undefined ? {} : { namespace }) }));
  }
}

/** An object's namespace and name in one. */
export function keyOf({ namespace, name }: Pick<Metadata, 'namespace' | 'name'>): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The component that an object belongs to, by its label. */
export function componentOf({ labels, name }: Metadata): string {
  return labels?.['app.kubernetes.io/name'] ?? labels?.app ?? name;
}
