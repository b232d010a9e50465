import { type KubernetesObject, makeInformer } from '@kubernetes/client-node';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { ClusterEvent, ClusterListener, ClusterSource, ConnectionState } from './cluster-source.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { readUsage } from './read-usage.ts';
import type { WatchedPath } from './watched-paths.ts';

const restartDelayMs = 500;
const listTimeoutMs = 10_000;

type Informer = ReturnType<typeof makeInformer<KubernetesObject>>;

/**
 * Watches a cluster through its API server, as long as it takes: a watch that ends is begun again, and what changed
 * meanwhile is told then.
 * @param namespaces those whose pods' load is read
 */
export function watchKubernetes(
  api: KubernetesApi,
  paths: readonly WatchedPath[],
  namespaces: readonly string[],
  logger: Logger,
): ClusterSource {
  const watches: { stop(): Promise<void> }[] = [];
  return {
    start(listener) {
      const connection = followConnections(paths, listener, logger);
      for (const path of paths) watches.push(startWatch(api, path, listener, connection));
    },
    readUsage: () => readUsage(api, namespaces),
    async stop() {
      await Promise.all(watches.map((watch) => watch.stop()));
    },
  };
}

/** Told of each watch whether it works. */
interface Connections {
  works(path: string): void;
  failed(path: string, reason: string): void;
}

function followConnections(
  paths: readonly WatchedPath[],
  listener: ClusterListener,
  logger: Logger,
): Connections {
  const working = new Set<string>();
  let status: ConnectionState['status'] = 'connecting';
  listener.onConnection({ status });
  return {
    works(path) {
      working.add(path);
      if (working.size < paths.length || status === 'connected') return;
      status = 'connected';
      logger.info('cluster connected');
      listener.onConnection({ status });
    },
    failed(path, reason) {
      working.delete(path);
      logger.warn({ path, reason }, 'watch ended');
      // Before all has been seen once there is nothing to lose.
      if (status !== 'connected') return;
      status = 'lost';
      listener.onConnection({ status, reason });
    },
  };
}

function startWatch(
  api: KubernetesApi,
  { kind, path }: WatchedPath,
  listener: ClusterListener,
  connections: Connections,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const list = async () => {
    const response = await api.get(path, AbortSignal.timeout(listTimeoutMs));
    return (await response.json()) as Awaited<ReturnType<Parameters<typeof makeInformer>[2]>>;
  };
  const informer: Informer = makeInformer(api.config, path, list);
  const tell = (type: ClusterEvent['type']) => (object: KubernetesObject) =>
    // The path decides the kind, and the API server vouches for its form, in which times are text.
    listener.onEvent({ type, kind, object: object as unknown } as ClusterEvent);
  informer.on('add', tell('applied'));
  informer.on('update', tell('applied'));
  informer.on('delete', tell('deleted'));
  let started = Promise.resolve();
  let hasFailed = false;
  const begin = async () => {
    hasFailed = false;
    // Resolves when all has been listed and the watch is answered, but also when it is not: that is told as an error.
    await informer.start();
    if (!hasFailed) connections.works(path);
  };
  const start = () => {
    started = begin().catch(fail);
  };
  const fail = (error: unknown) => {
    if (isOver) return;
    hasFailed = true;
    connections.failed(path, describe(error));
    clearTimeout(timer);
    timer = setTimeout(start, restartDelayMs);
  };
  informer.on('error', fail);
  start();
  return {
    async stop() {
      isOver = true;
      clearTimeout(timer);
      await started;
      await informer.stop();
    },
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
