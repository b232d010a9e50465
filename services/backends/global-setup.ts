import type { TestProject } from 'vitest/node';
import { type PostgresAddress, startPostgres } from './start-postgres.ts';
import { type RabbitmqAddress, startRabbitmq } from './start-rabbitmq.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: PostgresAddress;
    rabbitmq: RabbitmqAddress;
  }
}

/** Starts one PostgreSQL server and one broker for all test files; they part by database and by queue. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await Promise.allSettled([startPostgres(), startRabbitmq()]);
  const [postgres, rabbitmq] = started;
  const stop = async () => {
    for (const server of started) if (server.status === 'fulfilled') await server.value.stop();
  };
  if (postgres.status === 'rejected' || rabbitmq.status === 'rejected') {
    await stop();
    throw new AggregateError(
      started.flatMap((server) => (server.status === 'rejected' ? [server.reason] : [])),
      'The servers that the tests need did not start',
    );
  }
  project.provide('postgres', addressOf(postgres.value));
  project.provide('rabbitmq', addressOf(rabbitmq.value));
  return stop;
}

/** @returns the plain data of a server: its functions can't travel to the test processes */
function addressOf<Address>(server: Address): Address {
  return JSON.parse(JSON.stringify(server)) as Address;
}
