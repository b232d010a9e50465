import type { DatabaseOptions } from 'service-runtime/database/create-database';
import type { RabbitmqAddress } from '../../../backends/start-rabbitmq.ts';

/** @returns the environment variables that let a process of billing-app use a database and a queue */
export function billingEnvironment(
  database: DatabaseOptions,
  broker: RabbitmqAddress,
  queueName: string,
): Record<string, string> {
  return {
    DATABASE_HOST: database.host,
    DATABASE_PORT: String(database.port),
    DATABASE_NAME: database.name,
    DATABASE_USERNAME: database.username,
    DATABASE_PASSWORD: database.password,
    RABBITMQ_HOST: broker.host,
    RABBITMQ_PORT: String(broker.port),
    RABBITMQ_USERNAME: broker.username,
    RABBITMQ_PASSWORD: broker.password,
    RABBITMQ_VIRTUAL_HOST: broker.virtualHost,
    BILLING_QUEUE: queueName,
  };
}
