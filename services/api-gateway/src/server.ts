import { connectBroker } from 'service-runtime/broker/connect-broker';
import { createReadiness } from 'service-runtime/health/readiness';
import { type RunningService, serve } from 'service-runtime/lifecycle/serve';
import type { Logger } from 'service-runtime/logging/create-logger';
import { createMetrics } from 'service-runtime/metrics/create-metrics';
import { lookupWithMemory } from 'service-runtime/network/remember-addresses';
import { Pool } from 'undici';
import manifest from '../package.json' with { type: 'json' };
import { createApp } from './app.ts';
import { createOrderPublisher } from './billing/order-publisher.ts';
import type { Config } from './config.ts';
import { findSwaggerUi } from './docs/find-swagger-ui.ts';
import { checkFirstConnection } from './health/check-first-connection.ts';
import { type MonitoredService, reportHealth, shareRuns } from './health/report-health.ts';
import { observeGateway } from './metrics/observe-gateway.ts';

/** Starts the gateway. It serves at once, and connects to the broker in the background. */
export async function startGateway(config: Config, logger: Logger): Promise<RunningService> {
  const publisher = createOrderPublisher(
    { queueName: config.billingQueue, timeoutMs: config.publishTimeoutMs },
    logger,
  );
  const broker = await connectBroker(config.broker, publisher.attach, logger);
  const inventoryApp = createUpstream(config.inventoryAppUrl, config.upstreamTimeoutMs);
  const queryApi = createUpstream(config.queryApiUrl, config.queryTimeoutMs);
  const metrics = createMetrics();
  observeGateway(metrics.registry, { 'inventory-app': inventoryApp, 'query-api': queryApi }, publisher);
  const readiness = createReadiness({
    'first-broker-connection': checkFirstConnection(broker.isConnected, { graceMs: config.brokerGraceMs }),
  });
  const services: MonitoredService[] = [
    { name: 'inventory-app', url: config.inventoryAppUrl, dependencies: ['inventory-database'] },
    { name: 'billing-app', url: config.billingAppUrl, dependencies: ['billing-database'] },
    // It reads from databases that are named already.
    { name: 'query-api', url: config.queryApiUrl, dependencies: [] },
  ];
  const app = createApp({
    logger,
    metrics,
    readiness,
    welcomeMessage: config.welcomeMessage,
    version: manifest.version,
    inventoryApp,
    queryApi,
    publisher,
    reportHealth: shareRuns(() => reportHealth(services, broker.check)),
    requestsPerMinute: config.requestsPerMinute,
    trustedProxies: config.trustedProxies,
    swaggerUiFolder: findSwaggerUi(),
  });
  return serve({
    logger,
    config,
    app,
    readiness,
    metrics,
    closeAfter: [broker.close, () => inventoryApp.close(), () => queryApi.close()],
  });
}

/** Makes a pool of kept-alive connections. They are given up while idle well before the other side does so. */
function createUpstream(url: string, timeoutMs: number): Pool {
  return new Pool(new URL(url).origin, {
    connections: 128,
    connect: { timeout: 2000, lookup: lookupWithMemory },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 10_000,
  });
}
