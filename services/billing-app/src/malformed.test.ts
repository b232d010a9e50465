import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { DatabaseOptions } from 'service-runtime/database/create-database';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { createTestDatabase } from '../../backends/create-test-database.ts';
import { parseOrderMessage } from './orders/parse-order-message.ts';
import { connectQueueClient, type QueueClient } from './testing/queue-client.ts';
import { countOrders, order, patience, startTestBilling, untilOrders } from './testing/start-test-billing.ts';

let queue: QueueClient;
let database: DatabaseOptions;
let stop: () => Promise<void>;

beforeEach(async () => {
  queue = await connectQueueClient(inject('rabbitmq'), `malformed_test_${randomUUID()}`);
  database = await createTestDatabase(inject('postgres'));
});

afterEach(async () => {
  await stop();
  await queue.channel.deleteQueue(queue.queueName);
  await queue.close();
});

async function start(prefetch = 50): Promise<void> {
  const options = { database, prefetch, billingQueue: queue.queueName, rabbitmq: inject('rabbitmq') };
  ({ stop } = await startTestBilling(options));
}

test('1,000 malformed messages among 10,000 good ones: these are written, those are kept with the reason', async () => {
  const messages = Array.from({ length: 11_000 }, (_, index) => ({
    body: index % 11 === 5 ? { ...order, total_amount: 'much' } : order,
    options: { messageId: `message-${index}` },
  }));
  await queue.sendAll(messages);
  const begin = Date.now();
  await start(200);

  await untilOrders(database, 10_000, 60_000);
  await vi.waitFor(async () => expect(await queue.depth()).toBe(0), patience);
  expect(Date.now() - begin).toBeLessThan(60_000);
  const dead = await queue.takeDeadLetters();
  expect(dead.map(({ properties }) => properties.messageId)).toEqual(
    Array.from({ length: 1000 }, (_, index) => `message-${index * 11 + 5}`),
  );
  for (const { properties } of dead) {
    expect(properties.headers?.['x-refused-because']).toMatch(/^not an order: total_amount must be /);
  }
}, 120_000);

/** Values that look like an order's, right or nearly so. */
const fieldValue = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.nat().map(String),
  fc.stringMatching(/^[-+]?[\d.eE]{1,20}$/),
  fc.jsonValue(),
);
const body = fc.oneof(
  fc
    .record(
      {
        user_id: fieldValue,
        number_of_items: fieldValue,
        total_amount: fieldValue,
        __proto__: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((value) => Buffer.from(JSON.stringify(value))),
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 1000 }).map((bytes) => Buffer.from(bytes)),
  fc.nat(50_000).map((depth) => Buffer.from('['.repeat(depth))),
  fc.nat(50_000).map((depth) => Buffer.from(`{"user_id":${'['.repeat(depth)}${']'.repeat(depth)}}`)),
);

test('any body is an order or has a reason, and never throws', async () => {
  await start();
  const properties = { messageId: 'a' };
  fc.assert(
    fc.property(body, (content) => {
      const parsed = parseOrderMessage({ content, properties } as Parameters<typeof parseOrderMessage>[0]);
      if ('order' in parsed) {
        expect(parsed.order.user_id).toBeGreaterThan(0);
        expect(parsed.order.total_amount).toMatch(/^\d+(\.\d+)?$/);
      } else expect(parsed.reason).not.toBe('');
    }),
    { numRuns: 2000 },
  );
});

const header = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.boolean(),
  fc.constant(null),
  fc.string({ minLength: 50_000, maxLength: 60_000 }),
  fc.array(fc.string()),
  fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), fc.string()),
);
const message = fc.record({
  body,
  options: fc.record({
    messageId: fc.oneof(fc.string({ maxLength: 60, unit: 'grapheme' }), fc.constant('\u0000')),
    headers: fc.dictionary(
      fc.oneof(fc.constantFrom('x-request-id', 'x-refused-because', 'CC'), fc.string({ maxLength: 20 })),
      header,
      { maxKeys: 1 },
    ),
    contentType: fc.string({ maxLength: 60 }),
    priority: fc.nat(9),
    correlationId: fc.string({ maxLength: 60 }),
  }),
});

test('any message is written or dead-lettered, and a good one after it is written', async () => {
  await start();
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 100 }), async (messages) => {
      const marker = randomUUID();
      const unlike = messages.map(({ body: content, options }, index) => {
        const isKnown = options.messageId !== '' && options.messageId !== '\u0000';
        // CC would send copies elsewhere; the id must differ, so that a row stands for each.
        const { CC: _copies, ...headers } = options.headers;
        const messageId = isKnown ? `${marker}-${index}-${options.messageId}` : options.messageId;
        return { body: content, options: { ...options, headers, messageId: messageId.slice(0, 100) } };
      });
      await queue.sendAll([...unlike, { body: order }]);
      sent += messages.length + 1;
      await vi.waitFor(
        async () => {
          const { rows } = await countOrders(database);
          const dead = await queue.channel.checkQueue(`${queue.queueName}.dead`);
          expect(rows + dead.messageCount).toBe(sent);
        },
        { timeout: 15_000, interval: 20 },
      );
    }),
    { numRuns: 20, endOnFailure: true },
  );
});
