import { createReadiness } from 'service-runtime/health/readiness';
import { type RunningService, serve } from 'service-runtime/lifecycle/serve';
import type { Logger } from 'service-runtime/logging/create-logger';
import { createMetrics } from 'service-runtime/metrics/create-metrics';
import manifest from '../package.json' with { type: 'json' };
import { createApp } from './app.ts';
import type { ClusterSource } from './cluster/cluster-source.ts';
import { connectKubernetesApi } from './cluster/kubernetes-api.ts';
import { watchKubernetes } from './cluster/kubernetes-source.ts';
import { listWatchedPaths } from './cluster/watched-paths.ts';
import type { Config } from './config.ts';
import { LiveView } from './live-view.ts';
import { createKeptLogs, type KeptLogs } from './logs/kept-logs.ts';
import type { LogSource } from './logs/log-source.ts';
import { createPodLogSource } from './logs/pod-log-source.ts';
import { createScrapedMetrics } from './metrics/scraped-metrics.ts';
import { eventRoutes } from './pages/event-routes.ts';
import { findWebFolder } from './pages/find-web-folder.ts';

/** What the page is fed from. */
export interface Sources {
  readonly cluster: ClusterSource;
  readonly logs: LogSource;
  /** Undefined where nothing keeps lines of pods that are gone. */
  readonly kept?: KeptLogs | undefined;
  /** The page's files. */
  readonly webFolder: string;
}

/** Starts the dashboard of the cluster that it runs in. */
export function startDashboard(config: Config, logger: Logger): Promise<RunningService> {
  const api = connectKubernetesApi(config.kubeconfig);
  const paths = listWatchedPaths(config.namespaces, config.argoCdNamespace);
  const cluster = watchKubernetes(api, paths, config.namespaces, logger);
  return serveDashboard(config, logger, {
    cluster,
    logs: createPodLogSource(api),
    kept: config.lokiUrl ? createKeptLogs(config.lokiUrl, config.namespaces) : undefined,
    webFolder: findWebFolder(),
  });
}

/** Serves a page that is fed from the given sources. It listens at once, and is ready when it knows the cluster. */
export async function serveDashboard(
  config: Config,
  logger: Logger,
  { cluster, logs, kept, webFolder }: Sources,
): Promise<RunningService> {
  const view = new LiveView({ cluster, createMetrics: createScrapedMetrics, logger });
  const { clusterName } = config;
  const events = eventRoutes({ view, logs, kept, logger, clusterName, version: manifest.version });
  const metrics = createMetrics();
  // A page that can't reach the API server any more says so, and is of use: only the first look is waited for.
  const readiness = createReadiness({
    'first-look': () => {
      if (view.connection.status === 'connecting') throw new Error('not connected');
    },
  });
  const app = createApp({
    logger,
    metrics,
    readiness,
    loginToken: config.loginToken,
    pushSecret: config.pushSecret,
    onPush: (push) => view.push(push),
    events: events.router,
    webFolder,
  });
  view.start();
  const service = await serve({ logger, config, app, readiness, metrics, closeAfter: [() => view.stop()] });
  return {
    port: service.port,
    metricsPort: service.metricsPort,
    async stop() {
      const stopped = service.stop();
      events.end();
      await stopped;
    },
  };
}
