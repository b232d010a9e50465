import { randomUUID } from 'node:crypto';
import type { DatabaseOptions } from 'service-runtime/database/create-database';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { createTestDatabase } from '../../backends/create-test-database.ts';
import { runServiceProcess, type ServiceProcess } from '../../backends/run-service-process.ts';
import { billingEnvironment } from './testing/billing-environment.ts';
import { connectQueueClient, type QueueClient } from './testing/queue-client.ts';
import { countOrders, order, patience, untilOrders } from './testing/start-test-billing.ts';

let database: DatabaseOptions;
let queue: QueueClient;
let processes: ServiceProcess[];

beforeEach(async () => {
  database = await createTestDatabase(inject('postgres'));
  queue = await connectQueueClient(inject('rabbitmq'), `shutdown_test_${randomUUID()}`);
  processes = [];
});

afterEach(async () => {
  for (const process of processes) await process.end('SIGKILL');
  await queue.channel.deleteQueue(queue.queueName);
  await queue.close();
});

async function run(): Promise<ServiceProcess> {
  const environment = billingEnvironment(database, inject('rabbitmq'), queue.queueName);
  const process = await runServiceProcess('billing-app', environment);
  processes.push(process);
  return process;
}

function untilMoreThan(count: number): Promise<void> {
  return vi.waitFor(async () => expect((await countOrders(database)).rows).toBeGreaterThan(count), {
    ...patience,
    interval: 5,
  });
}

test('billing process that gets SIGTERM amid orders writes and acknowledges what it holds, and exits with 0', async () => {
  const total = 10_000;
  await queue.sendAll(Array.from({ length: total }, () => ({ body: order })));
  const first = await run();
  await untilMoreThan(500);

  expect(await first.end('SIGTERM')).toBe(0);

  const { rows } = await countOrders(database);
  expect(rows).toBeLessThan(total);
  await vi.waitFor(async () => expect(rows + (await queue.depth())).toBe(total), patience);
  // Nothing that is left was ever delivered.
  const next = await queue.channel.get(queue.queueName);
  expect(next).toMatchObject({ fields: { redelivered: false } });
  queue.channel.nackAll(true);

  await run();
  await untilOrders(database, total);
});

test('billing process that is killed amid orders loses none, and the next writes none twice', async () => {
  const total = 10_000;
  await queue.sendAll(Array.from({ length: total }, () => ({ body: order })));
  for (const written of [500, 3000]) {
    const process = await run();
    await untilMoreThan(written);
    await process.end('SIGKILL');
  }

  await run();
  await untilOrders(database, total);
});

test('two billing processes share a queue, and migrate its database once', async () => {
  const total = 5000;
  await queue.sendAll(Array.from({ length: total }, () => ({ body: order })));

  const both = await Promise.all([run(), run()]);

  await untilOrders(database, total);
  const migrated = both.flatMap(({ log }) => log.filter(({ msg }) => msg === 'database migrated'));
  expect(migrated).toHaveLength(1);
});
