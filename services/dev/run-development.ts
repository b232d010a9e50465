import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Environment } from 'service-runtime/config/read-config';
import { type ChosenPort, choosePort } from './choose-port.ts';
import { formatSummary } from './format-summary.ts';
import { lockFolder } from './lock-folder.ts';
import { createLinePrinter } from './pretty-lines.ts';
import { type ServiceProcess, startServiceProcess } from './service-process.ts';
import { createServiceSettings, type ServicePorts, serviceNames, serviceUrl } from './service-settings.ts';
import { startBackends } from './start-backends.ts';

export interface DevelopmentOptions {
  /** Where the databases stay from run to run. */
  folder: string;
  /** What this process was given; the services get it too, behind their settings. */
  environment: Environment;
  write: (text: string) => void;
  /** Ends all. */
  signal: AbortSignal;
}

/** The folder services/. */
const sources = join(import.meta.dirname, '..');

/** Which ports to take, where they are free. */
const preferredPorts = {
  'api-gateway': 3000,
  'api-gateway metrics': 9090,
  'inventory-app': 8080,
  'inventory-app metrics': 9091,
  'billing-app': 8081,
  'billing-app metrics': 9092,
  'query-api': 8082,
  'query-api metrics': 9093,
  PostgreSQL: 5432,
  RabbitMQ: 5672,
} as const;

type PortName = keyof typeof preferredPorts;

/**
 * Runs all services and what they work with, until the signal is aborted. A service whose sources change starts
 * again. No process is left when it resolves or rejects.
 * @throws if one of them doesn't start, or ends by itself
 */
export async function runDevelopment({
  folder,
  environment,
  write,
  signal,
}: DevelopmentOptions): Promise<void> {
  const startedAt = performance.now();
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(await lockFolder(folder));
  const ports = await choosePorts(write);
  const backends = await startBackends(
    { folder, ports: { postgres: ports.PostgreSQL, rabbitmq: ports.RabbitMQ }, signal },
    cleanup,
  );
  const servicePorts = {
    'api-gateway': toServicePorts(ports, 'api-gateway'),
    'inventory-app': toServicePorts(ports, 'inventory-app'),
    'billing-app': toServicePorts(ports, 'billing-app'),
    'query-api': toServicePorts(ports, 'query-api'),
  };
  const apiKey = randomBytes(16).toString('hex');
  const settings = createServiceSettings(backends, servicePorts, apiKey);
  const print = createLinePrinter(serviceNames, write);
  const services = serviceNames.map((name) =>
    startServiceProcess({
      name,
      nodeArguments: ['--watch', '--watch-preserve-output', join(sources, name, 'src', 'main.ts')],
      environment: { SHUTDOWN_TIMEOUT_MS: '2000', ...environment, ...settings[name] },
      url: serviceUrl(servicePorts[name]),
      onLine: (line) => print(name, line),
    }),
  );
  cleanup.defer(async () => {
    await Promise.all(services.map((service) => service.stop()));
  });
  await Promise.race([untilAllReady(services, signal), untilOneEnds(services)]);
  const seconds = (performance.now() - startedAt) / 1000;
  write(formatSummary({ seconds, servicePorts, apiKey, backends, folder }));
  await Promise.race([once(signal, 'abort'), untilOneEnds(services)]);
}

async function choosePorts(write: (text: string) => void): Promise<Record<PortName, number>> {
  const chosen = {} as Record<PortName, number>;
  for (const [name, preferred] of Object.entries(preferredPorts) as [PortName, number][]) {
    const { port, taken }: ChosenPort = await choosePort(preferred);
    if (taken !== undefined)
      write(`Port ${taken} is taken by another program: ${name} gets ${port} this time.\n`);
    chosen[name] = port;
  }
  return chosen;
}

function toServicePorts(ports: Record<PortName, number>, name: (typeof serviceNames)[number]): ServicePorts {
  return { port: ports[name], metricsPort: ports[`${name} metrics`] };
}

async function untilAllReady(services: readonly ServiceProcess[], signal: AbortSignal): Promise<void> {
  await Promise.all(services.map((service) => service.untilReady(signal)));
}

/** @throws as soon as one ends, saying which and how */
async function untilOneEnds(services: readonly ServiceProcess[]): Promise<never> {
  throw new Error(await Promise.race(services.map(({ ended }) => ended)));
}
