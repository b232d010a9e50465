import type { ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { deadLetterQueueName, declareBillingQueues } from 'service-contracts/billing-queue';
import { tieConnectionToChannel } from 'service-runtime/broker/connect-broker';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { RefusedMessage, StoreOrders } from './store-orders.ts';

export interface OrderConsumerOptions {
  queueName: string;
  /** How many messages to hold unacknowledged, at most. */
  prefetch: number;
}

/** Takes orders from the queue, over one connection. */
export interface OrderConsumer {
  /**
   * Takes no more messages, and resolves when those taken are written and acknowledged.
   * @param timeoutMs after which the rest is given back to the queue
   */
  stop(timeoutMs: number): Promise<void>;
}

/** Starts to consume. Ends by itself with the connection; what was not acknowledged is delivered again by the next. */
export async function startOrderConsumer(
  connection: ChannelModel,
  storeOrders: StoreOrders,
  { queueName, prefetch }: OrderConsumerOptions,
  logger: Logger,
): Promise<OrderConsumer> {
  const channel = await connection.createConfirmChannel();
  const closed = new AbortController();
  channel.once('close', () => closed.abort());
  const untie = tieConnectionToChannel(channel, connection, logger);
  await declareBillingQueues(channel, queueName);
  await channel.prefetch(prefetch);

  let taken: ConsumeMessage[] = [];
  let working: Promise<void> | undefined;
  // While one batch is written the next gathers: the deeper the queue, the larger the batches.
  const work = async () => {
    while (taken.length > 0 && !closed.signal.aborted) {
      const batch = taken;
      taken = [];
      await settle(channel, batch, await storeOrders(batch, closed.signal), queueName, logger);
    }
  };
  const { consumerTag } = await channel.consume(queueName, (message) => {
    if (message === null) {
      logger.warn('consumer cancelled by the broker');
      closeQuietly(channel);
      return;
    }
    taken.push(message);
    working ??= work()
      .catch((error: unknown) => {
        if (closed.signal.aborted) return;
        // No retry mends it here: a new connection delivers the messages again.
        logger.error({ err: error }, 'orders could not be processed');
        closeQuietly(channel);
      })
      .finally(() => {
        working = undefined;
      });
  });
  return {
    async stop(timeoutMs) {
      if (closed.signal.aborted) return;
      untie();
      await channel.cancel(consumerTag);
      const timer = setTimeout(() => closed.abort(), timeoutMs);
      await working;
      clearTimeout(timer);
      await channel.close();
    },
  };
}

/** Puts what was refused on the dead-letter queue, then acknowledges the whole batch: its orders are written. */
async function settle(
  channel: ConfirmChannel,
  batch: readonly ConsumeMessage[],
  refused: readonly RefusedMessage[],
  queueName: string,
  logger: Logger,
): Promise<void> {
  for (const { message, reason } of refused) {
    const { messageId, contentType, headers } = message.properties;
    logger.warn({ messageId, reason }, 'message refused');
    // Not with all its properties: some would change where the message goes or how long it stays.
    channel.sendToQueue(deadLetterQueueName(queueName), message.content, {
      persistent: true,
      messageId,
      contentType,
      headers: {
        'x-request-id': headers?.['x-request-id'],
        'x-refused-because': reason,
        'x-refused-at': new Date().toISOString(),
      },
    });
  }
  if (refused.length > 0) await channel.waitForConfirms();
  const last = batch.at(-1);
  if (last !== undefined) channel.ack(last, true);
}

/** Closes a channel that may be closing already. */
function closeQuietly(channel: ConfirmChannel): void {
  Promise.try(() => channel.close()).catch(() => undefined);
}
