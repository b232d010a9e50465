import { randomUUID } from 'node:crypto';
import { type ChannelModel, type ConfirmChannel, connect, type GetMessage, type Options } from 'amqplib';
import { deadLetterQueueName, declareBillingQueues } from 'service-contracts/billing-queue';
import type { DatabaseOptions } from 'service-runtime/database/create-database';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { createLogger } from 'service-runtime/logging/create-logger';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { createTestDatabase, queryAsAdministrator } from '../../backends/create-test-database.ts';
import type { RabbitmqAddress } from '../../backends/start-rabbitmq.ts';
import { startBilling } from './server.ts';

const logger = createLogger({ service: 'billing-app', version: '0', level: 'silent' });
const settings = { port: 0, metricsPort: 0, logLevel: 'silent', shutdownDelayMs: 0, shutdownTimeoutMs: 5000 };
const order = { user_id: '22', number_of_items: '4', total_amount: '54557' };
const patience = { timeout: 30_000, interval: 50 };

let queueName: string;
let database: DatabaseOptions;
let connection: ChannelModel;
let channel: ConfirmChannel;
let service: RunningService | undefined;

beforeEach(async () => {
  queueName = `billing_test_${randomUUID()}`;
  database = await createTestDatabase(inject('postgres'));
  await openChannel(inject('rabbitmq'));
});

afterEach(async () => {
  await service?.stop();
  service = undefined;
  await channel.deleteQueue(queueName).catch(() => undefined);
  await connection.close().catch(() => undefined);
});

async function openChannel(broker: RabbitmqAddress): Promise<void> {
  const { host: hostname, port, username, password, virtualHost: vhost } = broker;
  connection = await connect({ hostname, port, username, password, vhost });
  connection.on('error', () => undefined);
  channel = await connection.createConfirmChannel();
  await declareBillingQueues(channel, queueName);
}

async function start(broker: RabbitmqAddress = inject('rabbitmq')): Promise<RunningService> {
  const config = { ...settings, database, billingQueue: queueName, prefetch: 50, holdTimeoutMs: 60_000 };
  service = await startBilling({ ...config, broker: { ...broker, connectionName: 'test' } }, logger);
  return service;
}

async function send(body: unknown, options: Options.Publish = {}): Promise<void> {
  const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  channel.sendToQueue(queueName, content, { persistent: true, messageId: randomUUID(), ...options });
  await channel.waitForConfirms();
}

/** @returns the rows of orders, oldest first; none while the table is not there yet */
async function readOrders(server = inject('postgres')): Promise<Record<string, unknown>[]> {
  return await queryAsAdministrator(server, database.name, 'SELECT * FROM orders ORDER BY id').catch(
    () => [],
  );
}

async function untilEmpty(): Promise<void> {
  await vi.waitFor(async () => expect((await channel.checkQueue(queueName)).messageCount).toBe(0), patience);
}

async function untilReady(status: number): Promise<Record<string, unknown>> {
  return await vi.waitFor(async () => {
    const response = await fetch(`http://127.0.0.1:${service?.port}/ready`);
    expect(response.status).toBe(status);
    return (await response.json()) as Record<string, unknown>;
  }, patience);
}

describe('billing', () => {
  test('writes an order of numbers or of numeric text as a row, exactly as it was sent', async () => {
    await send(order, { messageId: 'a' });
    await send(
      { user_id: 23, number_of_items: 1, total_amount: '123456789012.0000000001' },
      { messageId: 'b' },
    );
    await start();

    await vi.waitFor(async () => expect(await readOrders()).toHaveLength(2), patience);
    const [first, second] = await readOrders();
    expect(first).toMatchObject({
      message_id: 'a',
      user_id: '22',
      number_of_items: 4,
      total_amount: '54557',
    });
    expect(second).toMatchObject({ message_id: 'b', user_id: '23', total_amount: '123456789012.0000000001' });
  });

  test('writes an order once however often it is delivered', async () => {
    for (let delivery = 0; delivery < 5; delivery += 1) await send(order, { messageId: 'same' });
    await start();
    await untilEmpty();
    await send(order, { messageId: 'same' });
    await send(order, { messageId: 'other' });

    await vi.waitFor(async () => expect(await readOrders()).toHaveLength(2), patience);
  });

  test('processes what was sent while it was down, in the order it was sent', async () => {
    for (let user = 1; user <= 500; user += 1) {
      channel.sendToQueue(queueName, Buffer.from(JSON.stringify({ ...order, user_id: user })), {
        messageId: String(user),
      });
    }
    await channel.waitForConfirms();
    await start();

    await vi.waitFor(async () => expect(await readOrders()).toHaveLength(500), patience);
    expect((await readOrders()).map(({ user_id: user }) => Number(user))).toEqual(
      Array.from({ length: 500 }, (_, index) => index + 1),
    );
  });

  test('that is stopped amid a deep queue has acknowledged exactly what it wrote', async () => {
    for (let count = 0; count < 3000; count += 1) {
      channel.sendToQueue(queueName, Buffer.from(JSON.stringify(order)), { messageId: String(count) });
    }
    await channel.waitForConfirms();
    const running = await start();
    await vi.waitFor(async () => expect((await readOrders()).length).toBeGreaterThan(0), {
      timeout: 30_000,
      interval: 5,
    });

    await running.stop();

    await vi.waitFor(async () => {
      const written = (await readOrders()).length;
      expect(written + (await channel.checkQueue(queueName)).messageCount).toBe(3000);
    }, patience);
  });
});

describe('billing given a malformed message', () => {
  async function takeDeadLetter(): Promise<GetMessage> {
    return await vi.waitFor(async () => {
      const message = await channel.get(deadLetterQueueName(queueName), { noAck: true });
      if (message === false) throw new Error('no dead letter yet');
      return message;
    }, patience);
  }

  test.each([
    ['no JSON', Buffer.from('{'), {}, /^not JSON: /],
    ['no UTF-8', Buffer.from([0xff, 0xfe]), {}, /^not JSON: /],
    ['an empty body', Buffer.alloc(0), {}, /^not JSON: /],
    ['no object', 7, {}, /^not an order: body /],
    ['a field missing', { user_id: 1, number_of_items: 1 }, {}, /^not an order: total_amount /],
    ['a negative number', { ...order, number_of_items: -1 }, {}, /^not an order: number_of_items /],
    ['a number too large', { ...order, user_id: 1e300 }, {}, /^not an order: user_id /],
    ['no message id', order, { messageId: '' }, /^the message has no message id/],
  ])(
    'puts %s on the dead-letter queue with the reason, and goes on',
    async (_condition, body, options, reason) => {
      await start();
      await send(body, { headers: { 'x-request-id': 'request-1', CC: [queueName] }, ...options });
      await send(order, { messageId: 'good' });

      const dead = await takeDeadLetter();
      expect(dead.properties.headers).toMatchObject({
        'x-refused-because': expect.stringMatching(reason),
        'x-request-id': 'request-1',
      });
      await vi.waitFor(
        async () => expect(await readOrders()).toMatchObject([{ message_id: 'good' }]),
        patience,
      );
      await untilEmpty();
    },
  );

  test('writes all others of a batch that the database refuses for one of them', async () => {
    // A constraint that validation doesn't know stands for one that is added one day.
    await start();
    await untilReady(200);
    await queryAsAdministrator(
      inject('postgres'),
      database.name,
      'ALTER TABLE orders ADD CHECK (user_id <> 13)',
    );
    for (let user = 1; user <= 20; user += 1) {
      channel.sendToQueue(queueName, Buffer.from(JSON.stringify({ ...order, user_id: user })), {
        messageId: String(user),
      });
    }

    await vi.waitFor(async () => expect(await readOrders()).toHaveLength(19), patience);
    const dead = await takeDeadLetter();
    expect(dead.properties.messageId).toBe('13');
    expect(dead.properties.headers?.['x-refused-because']).toMatch(/^refused by the database: /);
  });
});
