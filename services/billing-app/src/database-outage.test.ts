import { randomUUID } from 'node:crypto';
import type { DatabaseOptions } from 'service-runtime/database/create-database';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { createTestDatabase, queryAsAdministrator } from '../../backends/create-test-database.ts';
import { type PostgresServer, startPostgres } from '../../backends/start-postgres.ts';
import { connectQueueClient, type QueueClient } from './testing/queue-client.ts';
import {
  countOrders,
  order,
  patience,
  startTestBilling,
  type TestBilling,
  type TestBillingOptions,
  untilOrders,
  untilReady,
} from './testing/start-test-billing.ts';

let postgres: PostgresServer;
let database: DatabaseOptions;
let queue: QueueClient;
let service: TestBilling | undefined;

beforeEach(async () => {
  postgres = await startPostgres();
  database = await createTestDatabase(postgres);
  queue = await connectQueueClient(inject('rabbitmq'), `outage_test_${randomUUID()}`);
});

afterEach(async () => {
  await service?.stop();
  service = undefined;
  await queue.channel.deleteQueue(queue.queueName);
  await queue.close();
  await postgres.stop();
});

async function start(changes: Partial<TestBillingOptions> = {}): Promise<TestBilling> {
  const options = { database, billingQueue: queue.queueName, rabbitmq: inject('rabbitmq') };
  service = await startTestBilling({ ...options, ...changes });
  return service;
}

function orders(count: number): { body: unknown; options: { messageId: string } }[] {
  return Array.from({ length: count }, () => ({ body: order, options: { messageId: randomUUID() } }));
}

async function untilDepth(depth: number): Promise<void> {
  await vi.waitFor(async () => expect(await queue.depth()).toBe(depth), patience);
}

test('billing holds orders while the database is away, and writes each once when it is back', async () => {
  const billing = await start();
  await untilReady(billing, 200);
  await queue.sendAll(orders(1));
  await untilOrders(database, 1);
  await postgres.kill();

  await queue.sendAll(orders(120));
  const report = await untilReady(billing, 503);
  expect(report).toMatchObject({ dependencies: { 'billing-database': { status: 'down' } } });
  // It holds what the prefetch allows and takes no more.
  await untilDepth(70);
  await postgres.restart();

  await untilOrders(database, 121);
  await untilDepth(0);
});

test('billing gives orders back once in a long outage, and takes none until the database is back', async () => {
  const { log } = await start({ holdTimeoutMs: 500 });
  await queue.sendAll(orders(1));
  await untilOrders(database, 1);
  await postgres.kill();
  await queue.sendAll(orders(120));

  await vi.waitFor(() => expect(log.join('')).toContain('messages given back to the queue'), patience);
  await untilDepth(120);
  for (const end = Date.now() + 3000; Date.now() < end; ) expect(await queue.depth()).toBe(120);
  await postgres.restart();

  await untilOrders(database, 121);
  await untilDepth(0);
  // Each time counts against the queue's delivery limit.
  expect(log.filter((line) => line.includes('messages given back'))).toHaveLength(1);
  expect(await queue.takeDeadLetters()).toEqual([]);
});

test('billing takes nothing while the database only reads, as a standby does in a failover', async () => {
  await untilReady(await start(), 200);
  await service?.stop();
  const become = (isReadOnly: boolean) =>
    queryAsAdministrator(
      postgres,
      'postgres',
      `ALTER DATABASE ${database.name} SET default_transaction_read_only = ${isReadOnly}`,
    );
  await become(true);
  await start();
  await queue.sendAll(orders(10));
  for (const end = Date.now() + 1500; Date.now() < end; ) expect(await queue.depth()).toBe(10);

  await become(false);
  await service?.stop();
  await start();

  await untilOrders(database, 10);
});

test('billing takes nothing before the database was ever there', async () => {
  await postgres.kill();
  await start();
  await queue.sendAll(orders(10));
  for (const end = Date.now() + 1500; Date.now() < end; ) expect(await queue.depth()).toBe(10);

  await postgres.restart();

  await untilOrders(database, 10);
});

test('billing that stops during an outage gives its orders back to the queue, in time', async () => {
  await start({ shutdownTimeoutMs: 500 });
  await queue.sendAll(orders(1));
  await untilOrders(database, 1);
  await postgres.kill();
  await queue.sendAll(orders(10));
  await untilDepth(0);

  const begin = Date.now();
  await service?.stop();

  expect(Date.now() - begin).toBeLessThan(10_000);
  await untilDepth(10);
  await postgres.restart();
  await start();
  await untilOrders(database, 11);
});

test('billing loses nothing and repeats nothing when the database is killed again and again under load', async () => {
  await untilReady(await start({ holdTimeoutMs: 300 }), 200);
  const total = 6000;
  const sending = queue.sendAll(orders(total));
  for (let round = 0; round < 3; round += 1) {
    await vi.waitFor(async () => expect((await countOrders(database)).rows).toBeGreaterThan(round * 500), {
      ...patience,
      interval: 5,
    });
    await postgres.kill();
    await new Promise((resolve) => setTimeout(resolve, 500 * round));
    await postgres.restart();
  }
  await sending;

  await untilOrders(database, total);
  await untilDepth(0);
  expect(await queue.takeDeadLetters()).toEqual([]);
});
