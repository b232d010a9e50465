import { formatTable } from '../../bootstrap/lib/format-table.ts';
import type { DatabaseAddress } from './prepare-database.ts';
import { type Backends, type ServiceName, type ServicePorts, serviceUrl } from './service-settings.ts';

/** What runs, and since when. */
export interface Summary {
  /** How long it took to get ready. */
  seconds: number;
  servicePorts: Readonly<Record<ServiceName, ServicePorts>>;
  /** What callers of query-api have to know; another one in every run. */
  apiKey: string;
  backends: Backends;
  /** Where the databases stay. */
  folder: string;
}

/** @returns the addresses of everything, and commands to try it out with */
export function formatSummary({ seconds, servicePorts, apiKey, backends, folder }: Summary): string {
  const { inventoryDatabase, billingDatabase, rabbitmq } = backends;
  const services = Object.entries(servicePorts).map(([name, ports]) => [
    name,
    serviceUrl(ports),
    `${ports.metricsPort}`,
  ]);
  const table = formatTable(
    ['what', 'address', 'metrics port'],
    [
      ...services,
      ['inventory-database', databaseUrl(inventoryDatabase), ''],
      ['billing-database', databaseUrl(billingDatabase), ''],
      ['RabbitMQ', `amqp://${rabbitmq.username}:${rabbitmq.password}@${rabbitmq.host}:${rabbitmq.port}`, ''],
    ],
  );
  return [
    '',
    `ready in ${seconds.toFixed(1)} s`,
    '',
    table,
    '',
    ...exampleCommands(serviceUrl(servicePorts['api-gateway'])),
    '',
    `The databases stay in ${folder}; remove it to start with empty ones.`,
    `query-api wants the header X-Api-Key: ${apiKey}`,
    'A service whose sources change starts again. Ctrl-C ends all.',
    '',
  ].join('\n');
}

/** @returns one command for each thing that the gateway does */
function exampleCommands(gateway: string): string[] {
  const post = "curl -X POST -H 'Content-Type: application/json' -d";
  return [
    `${post} '{"title":"TOP GUN","description":"Story of a fighter pilot"}' ${gateway}/api/movies`,
    `curl ${gateway}/api/movies`,
    `${post} '{"user_id":"22","number_of_items":"4","total_amount":"54557"}' ${gateway}/api/billing`,
  ];
}

function databaseUrl({ host, port, username, password, name }: DatabaseAddress): string {
  return `postgres://${username}:${password}@${host}:${port}/${name}`;
}
