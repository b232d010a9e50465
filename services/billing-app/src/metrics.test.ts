import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { createTestDatabase } from '../../backends/create-test-database.ts';
import { connectQueueClient, type QueueClient } from './testing/queue-client.ts';
import { order, patience, startTestBilling, type TestBilling } from './testing/start-test-billing.ts';

let queue: QueueClient;
let service: TestBilling;

beforeEach(async () => {
  queue = await connectQueueClient(inject('rabbitmq'), `metrics_test_${randomUUID()}`);
  const options = { database: await createTestDatabase(inject('postgres')), rabbitmq: inject('rabbitmq') };
  service = await startTestBilling({ ...options, billingQueue: queue.queueName });
});

afterEach(async () => {
  await service.stop();
  await queue.channel.deleteQueue(queue.queueName);
  await queue.close();
});

async function readMetrics(): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();
}

test('billing measures its queues, its batches, its orders and its pool', async () => {
  for (const messageId of ['a', 'b', 'b']) await queue.send(order, { messageId });
  await queue.send('no order');

  await vi.waitFor(async () => {
    const text = await readMetrics();
    expect(text).toContain('orders_written_total 2\n');
    expect(text).toContain('messages_dead_lettered_total 1\n');
    expect(text).toContain('order_batch_size_sum 4\n');
    expect(text).toContain(`queue_messages{queue="${queue.queueName}",state="ready"} 0\n`);
    expect(text).toContain(`queue_messages{queue="${queue.queueName}",state="unacknowledged"} 0\n`);
    expect(text).toContain(`queue_messages{queue="${queue.queueName}.dead",state="ready"} 1\n`);
    expect(text).toMatch(/database_pool_connections\{database="billing-database",state="idle"\} [1-9]/);
  }, patience);
});

test('billing logs each order by the id of the request that it came by', async () => {
  const headers = { 'x-request-id': 'request-1' };
  await queue.send(order, { messageId: 'a', headers });
  await queue.send(order, { messageId: 'a', headers });
  await queue.send({}, { messageId: 'b', headers });
  await queue.send(order, { messageId: 'c', headers: { 'x-request-id': 'not "harmless"' } });

  const line = (fields: object) => expect.objectContaining(fields);
  await vi.waitFor(() => {
    const lines = service.log.map((text) => JSON.parse(text) as Record<string, unknown>);
    const request = { requestId: 'request-1' };
    expect(lines).toContainEqual(line({ ...request, messageId: 'a', msg: 'order written' }));
    expect(lines).toContainEqual(line({ ...request, messageId: 'a', msg: 'order was written before' }));
    expect(lines).toContainEqual(line({ ...request, messageId: 'b', msg: 'message refused' }));
    const other = lines.find(({ messageId }) => messageId === 'c');
    expect(other).toMatchObject({ msg: 'order written' });
    expect(other).not.toHaveProperty('requestId');
  }, patience);
});
