import type { Environment } from 'service-runtime/config/read-config';
import type { RabbitmqAddress } from '../backends/start-rabbitmq.ts';
import type { DatabaseAddress } from './prepare-database.ts';

/** The services, in the order that they are shown in. */
export const serviceNames = ['api-gateway', 'inventory-app', 'billing-app', 'query-api'] as const;

export type ServiceName = (typeof serviceNames)[number];

/** What the services work with. */
export interface Backends {
  inventoryDatabase: DatabaseAddress;
  billingDatabase: DatabaseAddress;
  rabbitmq: RabbitmqAddress;
  /** Who can only read, in both databases. */
  reader: Credentials;
}

export interface Credentials {
  username: string;
  password: string;
}

/** Where a service listens. */
export interface ServicePorts {
  port: number;
  metricsPort: number;
}

/**
 * @param apiKey what callers of query-api have to know
 * @returns the environment variables that each service is configured by, to run on this machine
 */
export function createServiceSettings(
  { inventoryDatabase, billingDatabase, rabbitmq, reader }: Backends,
  ports: Readonly<Record<ServiceName, ServicePorts>>,
  apiKey: string,
): Record<ServiceName, Environment> {
  const listen = (name: ServiceName) => ({
    PORT: String(ports[name].port),
    METRICS_PORT: String(ports[name].metricsPort),
  });
  return {
    'api-gateway': {
      ...listen('api-gateway'),
      ...brokerSettings(rabbitmq),
      INVENTORY_APP_URL: serviceUrl(ports['inventory-app']),
      BILLING_APP_URL: serviceUrl(ports['billing-app']),
      QUERY_API_URL: serviceUrl(ports['query-api']),
    },
    'inventory-app': { ...listen('inventory-app'), ...databaseSettings(inventoryDatabase) },
    'billing-app': {
      ...listen('billing-app'),
      ...databaseSettings(billingDatabase),
      ...brokerSettings(rabbitmq),
    },
    'query-api': {
      ...listen('query-api'),
      API_KEY: apiKey,
      DATABASES: 'inventory,billing',
      ...databaseSettings({ ...inventoryDatabase, ...reader }, 'DATABASE_INVENTORY'),
      ...databaseSettings({ ...billingDatabase, ...reader }, 'DATABASE_BILLING'),
    },
  };
}

/** @returns the address of a service on this machine */
export function serviceUrl({ port }: ServicePorts): string {
  return `http://127.0.0.1:${port}`;
}

function databaseSettings(
  { host, port, name, username, password }: DatabaseAddress,
  prefix = 'DATABASE',
): Environment {
  return {
    [`${prefix}_HOST`]: host,
    [`${prefix}_PORT`]: String(port),
    [`${prefix}_NAME`]: name,
    [`${prefix}_USERNAME`]: username,
    [`${prefix}_PASSWORD`]: password,
  };
}

function brokerSettings({ host, port, username, password, virtualHost }: RabbitmqAddress): Environment {
  return {
    RABBITMQ_HOST: host,
    RABBITMQ_PORT: String(port),
    RABBITMQ_USERNAME: username,
    RABBITMQ_PASSWORD: password,
    RABBITMQ_VIRTUAL_HOST: virtualHost,
  };
}
