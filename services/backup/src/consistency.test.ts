import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connectQueueClient, type QueueClient } from '../../billing-app/src/testing/queue-client.ts';
import {
  order,
  startTestBilling,
  type TestBilling,
} from '../../billing-app/src/testing/start-test-billing.ts';
import { verifyArchive } from './archive/read-archive.ts';
import type { Sources } from './config.ts';
import { asServiceDatabase, useBackupServers } from './testing/use-backup-servers.ts';

const servers = useBackupServers();
let queue: QueueClient;
let running: TestBilling[];

beforeEach(async () => {
  queue = await connectQueueClient(servers.rabbitmq, 'billing_queue');
  running = [];
});

afterEach(async () => {
  for (const billing of running) await billing.stop();
  await queue.channel.purgeQueue('billing_queue');
  await queue.channel.purgeQueue('billing_queue.dead');
  await queue.close();
});

async function runBilling(sources: Sources): Promise<TestBilling> {
  const database = asServiceDatabase(sources.billing);
  const billing = await startTestBilling({
    rabbitmq: servers.rabbitmq,
    billingQueue: 'billing_queue',
    database,
  });
  running.push(billing);
  return billing;
}

/** Makes each insert slow, or each row of it, so that orders are in flight for long. */
async function slowDown({ billing }: Sources, each: 'STATEMENT' | 'ROW', seconds: number): Promise<void> {
  await servers.query(
    billing.name,
    `CREATE FUNCTION slow_down() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN PERFORM pg_sleep(${seconds}); RETURN NEW; END';
     CREATE TRIGGER slow BEFORE INSERT ON orders FOR EACH ${each} EXECUTE FUNCTION slow_down()`,
  );
}

async function readOrders({ billing }: Sources): Promise<string[]> {
  const rows = await servers.query(billing.name, 'SELECT message_id FROM orders');
  return rows.map((row) => String(row.message_id));
}

/** Sends orders one after the other until told to end, and remembers those that the broker confirmed. */
function sendOrders(): { confirmed: string[]; end(): Promise<void> } {
  const confirmed: string[] = [];
  let isEnding = false;
  const sending = (async () => {
    while (!isEnding) {
      const messageId = randomUUID();
      await queue.send(order, { messageId });
      confirmed.push(messageId);
      await sleep(5);
    }
  })();
  return {
    confirmed,
    async end() {
      isEnding = true;
      await sending;
    },
  };
}

test('a backup under load has every order that was accepted before it began, and a restore writes each once', async () => {
  const source = await servers.createSources();
  await servers.migrate(source);
  await slowDown(source, 'STATEMENT', 0.4);
  const billing = await runBilling(source);
  const load = sendOrders();
  await vi.waitFor(async () => expect((await readOrders(source)).length).toBeGreaterThan(50), 20_000);
  const before = [...load.confirmed];

  const file = await servers.backUp(source);
  // Messages are back at once: billing goes on with them.
  const count = load.confirmed.length;
  await vi.waitFor(async () => expect((await readOrders(source)).length).toBeGreaterThan(count), 20_000);
  await load.end();
  await billing.stop();
  await queue.channel.purgeQueue('billing_queue');

  const { manifest } = await verifyArchive(file);
  expect(manifest.rows.billing.orders).toBeGreaterThan(50);
  expect(manifest.messages.billing_queue).toBeGreaterThan(0);
  const target = await servers.createSources();
  await servers.restore(target, file);
  await servers.query(target.billing.name, 'DROP FUNCTION slow_down CASCADE');
  await runBilling(target);
  await vi.waitFor(async () => {
    expect(new Set(await readOrders(target)).size).toBeGreaterThanOrEqual(before.length);
    expect(await queue.depth()).toBe(0);
  }, 20_000);
  const restored = await readOrders(target);
  expect(restored.length).toBe(new Set(restored).size);
  expect(before.filter((id) => !restored.includes(id))).toEqual([]);
});

test('a backup waits for the orders that billing holds', async () => {
  const source = await servers.createSources();
  await servers.migrate(source);
  await slowDown(source, 'ROW', 8);
  await runBilling(source);
  await queue.send(order, { messageId: 'slow-one' });
  await vi.waitFor(async () => {
    const sleeping = `SELECT FROM pg_stat_activity WHERE datname = '${source.billing.name}' AND wait_event = 'PgSleep'`;
    const [row] = await servers.query('postgres', sleeping);
    expect(row).toBeDefined();
  }, 20_000);
  const { manifest } = await verifyArchive(await servers.backUp(source));
  // Billing gives back what the database doesn't write within its limit on a statement, so it is one or the other.
  const { orders = 0 } = manifest.rows.billing;
  const { billing_queue: messages = 0 } = manifest.messages;
  expect(orders + messages).toBe(1);
});

test('messages, with their properties, survive a restore in both queues; doing it again doubles none', async () => {
  const source = await servers.createSources();
  await servers.migrate(source);
  const headers = { 'x-request-id': 'r1', nested: { deep: [1, 'two'] } };
  await queue.send(order, { messageId: 'first', headers, contentType: 'application/json' });
  await queue.send(order, { messageId: 'second' });
  const dead = Buffer.from([0, 1, 254, 255]);
  queue.channel.sendToQueue('billing_queue.dead', dead, {
    messageId: 'bad',
    headers: { 'x-refused-because': 'ß' },
  });
  await queue.channel.waitForConfirms();

  const file = await servers.backUp(source);
  await vi.waitFor(async () => expect(await queue.depth()).toBe(2), 5000);
  await queue.channel.purgeQueue('billing_queue');
  await queue.channel.purgeQueue('billing_queue.dead');

  const target = await servers.createSources();
  const { published } = await servers.restore(target, file);
  expect(published).toEqual({ billing_queue: 2, 'billing_queue.dead': 1 });
  expect((await servers.restore(target, file, true)).published).toEqual({
    billing_queue: 0,
    'billing_queue.dead': 0,
  });

  const first = await queue.channel.get('billing_queue', { noAck: true });
  if (first === false) throw new Error('the queue is empty');
  expect(JSON.parse(first.content.toString())).toEqual(order);
  expect(first.properties).toMatchObject({
    messageId: 'first',
    contentType: 'application/json',
    deliveryMode: 2,
  });
  expect(first.properties.headers).toMatchObject(headers);
  const [letter] = await queue.takeDeadLetters();
  expect(letter?.content).toEqual(dead);
  expect(letter?.properties.headers).toMatchObject({ 'x-refused-because': 'ß' });
});
