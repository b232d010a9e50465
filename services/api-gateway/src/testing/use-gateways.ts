import type { RunningService } from 'service-runtime/lifecycle/serve';
import { createLogger } from 'service-runtime/logging/create-logger';
import { afterEach } from 'vitest';
import type { Config } from '../config.ts';
import { startGateway } from '../server.ts';

/** Where nobody listens. */
export const nowhere = 'http://127.0.0.1:1';

const defaults: Config = {
  port: 0,
  metricsPort: 0,
  logLevel: 'silent',
  shutdownDelayMs: 0,
  shutdownTimeoutMs: 5000,
  welcomeMessage: 'Hello',
  inventoryAppUrl: nowhere,
  billingAppUrl: nowhere,
  queryApiUrl: nowhere,
  upstreamTimeoutMs: 1000,
  queryTimeoutMs: 1000,
  broker: {
    host: '127.0.0.1',
    port: 1,
    username: 'x',
    password: 'x',
    virtualHost: '/',
    connectionName: 'test',
  },
  billingQueue: 'billing_queue',
  publishTimeoutMs: 5000,
  brokerGraceMs: 60_000,
  requestsPerMinute: 0,
  trustedProxies: [],
};

/**
 * Makes a function that starts a gateway and returns its address; each is stopped after its test.
 * @param settings what differs from a gateway without limits that reaches nobody
 */
export function useGateways(settings: Partial<Config> = {}): (changes?: Partial<Config>) => Promise<string> {
  const logger = createLogger({ service: 'api-gateway', version: '0', level: 'silent' });
  const services: RunningService[] = [];
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.stop()));
  });
  return async (changes = {}) => {
    const service = await startGateway({ ...defaults, ...settings, ...changes }, logger);
    services.push(service);
    return `http://127.0.0.1:${service.port}`;
  };
}
