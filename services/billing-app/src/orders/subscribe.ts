import type { Channel, ConsumeMessage } from 'amqplib';
import { closeInTime } from 'service-runtime/broker/connect-broker';
import type { Logger } from 'service-runtime/logging/create-logger';
import { createBatchGatherer } from './batch-gatherer.ts';

/** Takes messages from a queue until it is cancelled or its channel closes. */
export interface Subscription {
  /** Yields what has arrived, in batches; ends after cancel() or with the channel. */
  batches(): AsyncGenerator<ConsumeMessage[], void>;
  /** Resolves when the broker sends no more; what was on its way has arrived then. Never rejects. */
  cancel(): Promise<void>;
}

/** @param onMessage called for each message as it arrives */
export async function subscribe(
  channel: Channel,
  queueName: string,
  onMessage: () => void,
  logger: Logger,
): Promise<Subscription> {
  const gatherer = createBatchGatherer<ConsumeMessage>();
  channel.once('close', gatherer.end);
  const { consumerTag } = await channel.consume(queueName, (message) => {
    if (message === null) {
      // The queue is gone; the next connection declares it again.
      logger.warn('consumer cancelled by the broker');
      void closeInTime(channel);
      return;
    }
    onMessage();
    gatherer.add(message);
  });
  let cancelled: Promise<void> | undefined;
  return {
    batches: gatherer.batches,
    cancel() {
      // Rejects where the channel is closing, which ends the subscription too.
      cancelled ??= Promise.try(() => channel.cancel(consumerTag)).then(gatherer.end, gatherer.end);
      return cancelled;
    },
  };
}
