import type { QueueFigures } from './metrics-source.ts';
import type { MetricSample } from './parse-exposition.ts';

const fields: Readonly<Record<string, keyof QueueFigures>> = {
  rabbitmq_detailed_queue_messages_ready: 'ready',
  rabbitmq_detailed_queue_messages_unacked: 'unacknowledged',
  rabbitmq_detailed_queue_consumers: 'consumers',
};

/**
 * Reads what one broker says of the queues.
 * Source: https://www.rabbitmq.com/docs/prometheus#detailed-endpoint
 */
export function readQueues(samples: readonly MetricSample[]): Map<string, QueueFigures> {
  const queues = new Map<string, QueueFigures>();
  for (const { name, labels, value } of samples) {
    const field = fields[name];
    if (field === undefined || labels.queue === undefined) continue;
    const known = queues.get(labels.queue) ?? { ready: 0, unacknowledged: 0, consumers: 0 };
    queues.set(labels.queue, { ...known, [field]: value });
  }
  return queues;
}

/** Each member of a queue may tell of it, and only its leader knows all: the greatest figure counts. */
export function mergeQueues(
  brokers: readonly ReadonlyMap<string, QueueFigures>[],
): Map<string, QueueFigures> {
  const merged = new Map<string, QueueFigures>();
  for (const [name, figures] of brokers.flatMap((queues) => [...queues])) {
    const known = merged.get(name) ?? { ready: 0, unacknowledged: 0, consumers: 0 };
    merged.set(name, {
      ready: Math.max(known.ready, figures.ready),
      unacknowledged: Math.max(known.unacknowledged, figures.unacknowledged),
      consumers: Math.max(known.consumers, figures.consumers),
    });
  }
  return merged;
}
