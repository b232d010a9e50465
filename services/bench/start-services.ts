import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from 'service-runtime/config/read-config';
import { freePort } from '../backends/free-port.ts';
import { startServiceProcess } from '../dev/service-process.ts';
import {
  type Backends,
  createServiceSettings,
  type ServicePorts,
  serviceUrl,
} from '../dev/service-settings.ts';

/** Where what is measured answers. */
export interface MeasuredServices {
  inventoryApp: ServicePorts;
  gateway: ServicePorts;
  /** A second gateway, which logs every request as it does in the cluster. */
  loggingGateway: ServicePorts;
}

const services = join(import.meta.dirname, '..');
const measured = ['api-gateway', 'inventory-app', 'billing-app'] as const;

/** Bundles the services, as their images do. */
export async function bundleServices(): Promise<void> {
  const bundle = (name: string) => promisify(execFile)(process.execPath, [join(services, 'bundle.ts'), name]);
  await Promise.all(measured.map(bundle));
}

/**
 * Starts the bundled services as their images do, but with a log level at which requests are not logged, since the
 * peer doesn't log them either, and with a rate limit that counts and never refuses.
 * @param cleanup ends them when it is disposed of
 */
export async function startServices(
  backends: Backends,
  signal: AbortSignal,
  cleanup: AsyncDisposableStack,
): Promise<MeasuredServices> {
  const ports = {
    'api-gateway': await choosePorts(),
    'inventory-app': await choosePorts(),
    'billing-app': await choosePorts(),
    'query-api': await choosePorts(),
  };
  const loggingGateway = await choosePorts();
  const settings = createServiceSettings(backends, ports, 'not-measured-here');
  const start = async (name: (typeof measured)[number], environment: Environment, { port }: ServicePorts) => {
    const service = startServiceProcess({
      name,
      nodeArguments: ['--enable-source-maps', join(services, name, 'dist', 'main.mjs')],
      environment: { NODE_ENV: 'production', RATE_LIMIT_PER_MINUTE: '1000000000', ...environment },
      url: serviceUrl({ port, metricsPort: 0 }),
      ...(environment.LOG_LEVEL === 'info'
        ? {}
        : { onLine: (line) => process.stderr.write(`${name}: ${line.slice(0, 300)}\n`) }),
    });
    cleanup.defer(() => service.stop());
    await service.untilReady(signal);
  };
  for (const name of measured) await start(name, { LOG_LEVEL: 'error', ...settings[name] }, ports[name]);
  const logging = {
    ...settings['api-gateway'],
    PORT: String(loggingGateway.port),
    METRICS_PORT: String(loggingGateway.metricsPort),
    LOG_LEVEL: 'info',
  };
  await start('api-gateway', logging, loggingGateway);
  return { inventoryApp: ports['inventory-app'], gateway: ports['api-gateway'], loggingGateway };
}

async function choosePorts(): Promise<ServicePorts> {
  return { port: await freePort(), metricsPort: await freePort() };
}
