import { Counter, Histogram, type Registry } from 'prom-client';
import type { Outcome } from './store-orders.ts';

/** Counts what became of messages. */
export interface OrderMetrics {
  /** To be called with each batch, once it is settled. */
  count(batch: readonly Outcome[]): void;
}

/** Registers what billing measures itself. */
export function createOrderMetrics(registry: Registry): OrderMetrics {
  const registers = [registry];
  const written = new Counter({
    name: 'orders_written_total',
    help: 'Orders written to the database; a second delivery of one is not counted again',
    registers,
  });
  const deadLettered = new Counter({
    name: 'messages_dead_lettered_total',
    help: 'Messages that hold no order that can be written, put on the dead-letter queue with the reason',
    registers,
  });
  const batchSize = new Histogram({
    name: 'order_batch_size',
    help: 'Messages that were taken together; near PREFETCH while the queue is deep',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    registers,
  });
  return {
    count(batch) {
      batchSize.observe(batch.length);
      written.inc(batch.filter(({ result }) => result === 'written').length);
      deadLettered.inc(batch.filter(({ result }) => result === 'refused').length);
    },
  };
}
