import type { ConsumeMessage } from 'amqplib';
import pRetry from 'p-retry';
import { isDataRefused } from 'service-runtime/database/database-errors';
import { beforeAborted } from 'service-runtime/lifecycle/before-aborted';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { IdentifiedOrder, OrderRepository } from './order-repository.ts';
import { parseOrderMessage } from './parse-order-message.ts';

/**
 * What became of a message: its order was written, or had been before, or it holds none that can be written, now or
 * later.
 */
export type Outcome = { message: ConsumeMessage } & (
  | { result: 'written' | 'known' }
  | { result: 'refused'; reason: string }
);

/** Writes the orders in messages; tells what became of each. */
export type StoreOrders = (messages: readonly ConsumeMessage[], signal: AbortSignal) => Promise<Outcome[]>;

export interface StoreOrdersOptions {
  /** How long to try to write, in milliseconds. */
  holdTimeoutMs: number;
}

interface Delivery {
  message: ConsumeMessage;
  order: IdentifiedOrder;
}

/** Longer than the database's own limit on a statement: for answers that never come, of a server that vanished. */
const answerTimeoutMs = 15_000;

/**
 * Makes the writing of a batch: all good orders in one statement. While the database is away it tries again until
 * holdTimeoutMs: the messages stay unacknowledged meanwhile, so the broker sends no more than the prefetch allows,
 * and none is lost.
 * @returns a function that rejects when the orders could not be written in that time, or its signal is aborted
 */
export function createStoreOrders(
  repository: OrderRepository,
  { holdTimeoutMs }: StoreOrdersOptions,
  logger: Logger,
): StoreOrders {
  const save = (deliveries: readonly Delivery[], signal: AbortSignal) =>
    pRetry(
      () =>
        beforeAborted(
          repository.saveAll(deliveries.map(({ order }) => order)),
          AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
        ),
      {
        retries: Number.POSITIVE_INFINITY,
        maxRetryTime: holdTimeoutMs,
        minTimeout: 200,
        maxTimeout: 2000,
        signal,
        shouldRetry: ({ error }) => !isDataRefused(error),
        onFailedAttempt: ({ error }) =>
          logger.warn({ reason: error.message, orders: deliveries.length }, 'orders not written yet'),
      },
    );

  /** Where the database refuses a batch, its halves show which of its orders is to blame. */
  async function store(deliveries: readonly Delivery[], signal: AbortSignal): Promise<Outcome[]> {
    if (deliveries.length === 0) return [];
    try {
      const written = await save(deliveries, signal);
      return deliveries.map(({ message, order }) => ({
        message,
        // Of two deliveries in one batch, the first is the one that was written.
        result: written.delete(order.messageId) ? 'written' : 'known',
      }));
    } catch (error) {
      if (!isDataRefused(error)) throw error;
      const [first] = deliveries;
      if (deliveries.length === 1 && first) {
        return [{ message: first.message, result: 'refused', reason: reasonOf(error) }];
      }
      const middle = Math.ceil(deliveries.length / 2);
      const firstHalf = await store(deliveries.slice(0, middle), signal);
      return [...firstHalf, ...(await store(deliveries.slice(middle), signal))];
    }
  }

  return async (messages, signal) => {
    const refused: Outcome[] = [];
    const deliveries: Delivery[] = [];
    for (const message of messages) {
      const parsed = parseOrderMessage(message);
      if ('order' in parsed) deliveries.push({ message, order: parsed.order });
      else refused.push({ message, result: 'refused', reason: parsed.reason });
    }
    return [...(await store(deliveries, signal)), ...refused];
  };
}

function reasonOf(error: unknown): string {
  return `refused by the database: ${error instanceof Error ? error.message : String(error)}`;
}
