import pRetry from 'p-retry';
import type { ConnectedDatabase } from 'service-runtime/database/connect-database';
import { beforeAborted } from 'service-runtime/lifecycle/before-aborted';
import type { OrderRepository } from './order-repository.ts';

/** A server that vanished never answers; the next attempt takes a new connection. */
const answerTimeoutMs = 5000;

/** @returns a function that resolves when orders can be written, and rejects when its signal is aborted */
export function createUntilWritable(
  database: Pick<ConnectedDatabase, 'check'>,
  orders: Pick<OrderRepository, 'checkWritable'>,
): (signal: AbortSignal) => Promise<void> {
  const check = async () => {
    await database.check();
    await orders.checkWritable();
  };
  return (signal) =>
    pRetry(() => beforeAborted(check(), AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)])), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 100,
      maxTimeout: 2000,
      signal,
    });
}
