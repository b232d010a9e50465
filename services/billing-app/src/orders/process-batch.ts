import type { ConsumeMessage } from 'amqplib';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { SendDeadLetters } from './dead-letter-sender.ts';
import type { OrderMetrics } from './order-metrics.ts';
import { requestIdOf } from './request-id-of.ts';
import type { Outcome, StoreOrders } from './store-orders.ts';

/** Orders could not be written, though nothing is wrong with them. */
export class OrdersNotWrittenError extends Error {
  override readonly name = 'OrdersNotWrittenError';
}

/**
 * Writes the orders of a batch and puts what holds none on the dead-letter queue. Once it resolves, the batch may be
 * acknowledged.
 * @throws OrdersNotWrittenError during an outage of the database, or when the signal is aborted
 * @throws the broker's error if it doesn't keep the dead letters
 */
export type ProcessBatch = (
  batch: readonly ConsumeMessage[],
  sendDeadLetters: SendDeadLetters,
  signal: AbortSignal,
) => Promise<void>;

export function createProcessBatch(
  storeOrders: StoreOrders,
  metrics: OrderMetrics,
  logger: Logger,
): ProcessBatch {
  return async (batch, sendDeadLetters, signal) => {
    const outcomes = await storeOrders(batch, signal).catch((cause: unknown) => {
      throw new OrdersNotWrittenError('orders could not be written', { cause });
    });
    // A crash after this and before the acknowledgement brings a dead letter twice; its message id tells.
    await sendDeadLetters(outcomes.filter((outcome) => outcome.result === 'refused'));
    metrics.count(outcomes);
    for (const outcome of outcomes) log(outcome, logger);
  };
}

function log(outcome: Outcome, logger: Logger): void {
  const { message } = outcome;
  const ids = { messageId: message.properties.messageId, requestId: requestIdOf(message) };
  if (outcome.result === 'refused') logger.warn({ ...ids, reason: outcome.reason }, 'message refused');
  else if (outcome.result === 'known') logger.info(ids, 'order was written before');
  else logger.info(ids, 'order written');
}
