import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceConfig } from '../config/settings.ts';
import type { Readiness } from '../health/readiness.ts';
import { startHttpServer } from '../http/start-http-server.ts';
import type { Logger } from '../logging/create-logger.ts';
import type { Metrics } from '../metrics/create-metrics.ts';
import { startMetricsServer } from '../metrics/start-metrics-server.ts';

/** A service that serves. */
export interface RunningService {
  readonly port: number;
  readonly metricsPort: number;
  stop(): Promise<void>;
}

export interface ServeOptions {
  logger: Logger;
  config: ServiceConfig;
  app: RequestListener;
  readiness: Readiness;
  metrics: Metrics;
  /** What to close once no request is left, in this order. */
  closeAfter: readonly (() => Promise<void>)[];
}

/**
 * Serves an application and its metrics, and knows how to stop without failing a request. Kubernetes removes a
 * pod from its Services at the same time as it sends SIGTERM, and nodes follow a little later: until then
 * requests still arrive and must be served.
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow
 */
export async function serve(options: ServeOptions): Promise<RunningService> {
  const { config, app, readiness, metrics, closeAfter, logger } = options;
  const server = await startHttpServer(app, config.port);
  const metricsServer = await startMetricsServer(metrics.registry, config.metricsPort);
  return {
    port: server.port,
    metricsPort: metricsServer.port,
    async stop() {
      readiness.stop();
      server.drain();
      await sleep(config.shutdownDelayMs);
      await server.stop(config.shutdownTimeoutMs);
      for (const close of closeAfter) {
        await close().catch((error: unknown) => logger.warn({ err: error }, 'not closed cleanly'));
      }
      await metricsServer.stop(0);
    },
  };
}
