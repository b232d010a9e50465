import { createLogger } from 'service-runtime/logging/create-logger';
import { expect, test } from 'vitest';
import { createOrderPublisher } from './order-publisher.ts';

const logger = createLogger({ service: 'test', version: '0', level: 'silent' });
const order = { user_id: 1, number_of_items: 1, total_amount: '1' };

test('no more orders wait for the broker than fit into memory: the others are refused at once', async () => {
  const publisher = createOrderPublisher({ queueName: 'test', timeoutMs: 1000 }, logger);
  const identity = { messageId: '1', requestId: '1' };
  const waiting = Array.from({ length: 5000 }, () => publisher.publish(order, identity));
  const refusals = Promise.allSettled(waiting);
  const startedAt = performance.now();

  await expect(publisher.publish(order, identity)).rejects.toMatchObject({
    status: 503,
    message: 'Too many orders wait to be stored.',
  });

  expect(performance.now() - startedAt).toBeLessThan(500);
  const results = await refusals;
  expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  await expect(publisher.publish(order, identity)).rejects.toThrow('The order could not be stored now.');
});
