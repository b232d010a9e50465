import { Router } from 'express';
import { createReadiness } from 'service-runtime/health/readiness';
import { createServiceApp } from 'service-runtime/http/create-service-app';
import { startHttpServer } from 'service-runtime/http/start-http-server';
import { createLogger } from 'service-runtime/logging/create-logger';
import { createMetrics } from 'service-runtime/metrics/create-metrics';
import { startMetricsServer } from 'service-runtime/metrics/start-metrics-server';
import type { PodObject } from '../cluster/objects.ts';
import { createApplication, createNode, createPod, createPulledEvent } from './objects.ts';
import type { ScriptedCluster } from './scripted-cluster.ts';
import { createDeployment, createReplicaSet } from './workloads.ts';

export const firstRevision = 'a'.repeat(40);

/** A process of one of our services, with metrics that are its own. */
export interface RealService {
  readonly url: string;
  readonly metricsPort: number;
  stop(): Promise<void>;
}

/** Starts a service of this repository's making: `/movies` is answered, `/broken` fails. */
export async function startRealService(): Promise<RealService> {
  const logger = createLogger({ service: 'api-gateway', version: '0', level: 'silent' });
  const metrics = createMetrics();
  const routes = Router();
  routes.get('/movies', (_request, response) => void response.json([]));
  routes.get('/broken', () => {
    throw new Error('broken');
  });
  const app = createServiceApp({ logger, metrics, readiness: createReadiness({}), routes });
  const server = await startHttpServer(app, 0);
  const metricsServer = await startMetricsServer(metrics.registry, 0);
  return {
    url: `http://127.0.0.1:${server.port}`,
    metricsPort: metricsServer.port,
    async stop() {
      await server.stop(0);
      await metricsServer.stop(0);
    },
  };
}

/** Starts a program that prints the given metrics. */
export async function startMetrics(text: string): Promise<{ port: number; stop(): Promise<void> }> {
  const server = await startHttpServer((_request, response) => response.end(text), 0);
  return { port: server.port, stop: () => server.stop(0) };
}

/** A cluster of two nodes, where all is well at the first revision. */
export function setUpMovies(cluster: ScriptedCluster, metricsPort: number): PodObject {
  for (const name of ['master', 'agent']) cluster.apply('Node', createNode(name));
  cluster.usage = {
    nodes: new Map([
      ['master', { cpu: 0.42, memoryBytes: 1.6 * 2 ** 30 }],
      ['agent', { cpu: 0.21, memoryBytes: 1.1 * 2 ** 30 }],
    ]),
    pods: new Map([['movies/api-gateway-6f9-x7k2p', { cpu: 0.013, memoryBytes: 61 * 2 ** 20 }]]),
  };
  const history = [{ revision: firstRevision, deployedAt: '2026-01-02T11:00:00Z' }];
  for (const name of ['api-gateway', 'inventory-app']) {
    cluster.apply('Application', createApplication({ name, revision: firstRevision, history }));
    cluster.apply('Deployment', createDeployment({ name, revision: 1 }));
    cluster.apply('ReplicaSet', createReplicaSet(name, '6f9', 1));
  }
  const gateway = createPod({ component: 'api-gateway', hash: '6f9', address: '127.0.0.1', metricsPort });
  cluster.apply('Pod', gateway);
  cluster.apply('Pod', createPod({ component: 'inventory-app', hash: '6f9', node: 'agent', restarts: 2 }));
  return gateway;
}

/** The steps by which a push of another template of api-gateway becomes live. */
export function scriptRollout(
  cluster: ScriptedCluster,
  revision: string,
  old: PodObject,
  metricsPort: number,
) {
  const name = 'api-gateway';
  const template = { component: name, hash: '7c4', suffix: 'm4d9s' };
  const ready = createPod({ ...template, node: 'agent', address: '127.0.0.1', metricsPort });
  return {
    newPod: ready.metadata.name,
    sync() {
      const operation = { phase: 'Succeeded', revision };
      cluster.apply('Application', createApplication({ name, revision, sync: 'OutOfSync', drift: true }));
      cluster.apply(
        'Deployment',
        createDeployment({ name, revision: 1, generation: 2, observedGeneration: 1 }),
      );
      cluster.apply('Application', createApplication({ name, revision, health: 'Progressing', operation }));
    },
    startPod() {
      cluster.apply('ReplicaSet', createReplicaSet(name, '7c4', 2));
      cluster.apply(
        'Deployment',
        createDeployment({ name, revision: 2, updated: 1, total: 2, available: 1 }),
      );
      const starting = createPod({ ...template, node: 'agent', isReady: false });
      cluster.apply('Pod', starting);
      cluster.apply('Event', createPulledEvent(starting));
    },
    finish() {
      cluster.apply('Pod', ready);
      cluster.apply('Deployment', createDeployment({ name, revision: 2 }));
      cluster.remove('Pod', old);
      const operation = { phase: 'Succeeded', revision };
      cluster.apply('Application', createApplication({ name, revision, operation }));
    },
  };
}
