import type { ConsumeMessage } from 'amqplib';
import pRetry from 'p-retry';
import { isDataRefused } from 'service-runtime/database/database-errors';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { IdentifiedOrder, OrderRepository } from './order-repository.ts';
import { parseOrderMessage } from './parse-order-message.ts';

/** A message that can't be processed, now or later. */
export interface RefusedMessage {
  message: ConsumeMessage;
  reason: string;
}

/** Writes the orders in messages; tells which messages hold none. */
export type StoreOrders = (
  messages: readonly ConsumeMessage[],
  signal: AbortSignal,
) => Promise<RefusedMessage[]>;

/**
 * Makes the writing of a batch: all good orders in one statement. While the database is away it tries again for as
 * long as it takes: the messages stay unacknowledged meanwhile, so the broker sends no more than the prefetch
 * allows, and none is lost.
 * @returns a function that rejects only when its signal is aborted or the error is neither the database's nor the
 *   data's
 */
export function createStoreOrders(repository: OrderRepository, logger: Logger): StoreOrders {
  const save = (orders: readonly IdentifiedOrder[], signal: AbortSignal) =>
    pRetry(() => repository.saveAll(orders), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 200,
      maxTimeout: 2000,
      signal,
      shouldRetry: ({ error }) => !isDataRefused(error),
      onFailedAttempt: ({ error }) =>
        logger.warn({ reason: error.message, orders: orders.length }, 'orders not written yet'),
    });

  return async (messages, signal) => {
    const refused: RefusedMessage[] = [];
    const good: { message: ConsumeMessage; order: IdentifiedOrder }[] = [];
    for (const message of messages) {
      const parsed = parseOrderMessage(message);
      if ('order' in parsed) good.push({ message, order: parsed.order });
      else refused.push({ message, reason: parsed.reason });
    }
    if (good.length === 0) return refused;
    try {
      await save(
        good.map(({ order }) => order),
        signal,
      );
    } catch (error) {
      if (!isDataRefused(error)) throw error;
      // One of them is to blame: alone, each shows whether it is the one.
      for (const { message, order } of good) {
        const reason = await save([order], signal).then(() => undefined, whyRefused);
        if (reason !== undefined) refused.push({ message, reason });
      }
    }
    return refused;
  };
}

/** @throws the error again if it doesn't blame the data */
function whyRefused(error: unknown): string {
  if (!isDataRefused(error)) throw error;
  return `refused by the database: ${error instanceof Error ? error.message : String(error)}`;
}
