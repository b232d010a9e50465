import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { deadLetterQueueName } from 'service-contracts/billing-queue';
import { requestIdHeader } from 'service-runtime/http/log-requests';
import { requestIdOf } from './request-id-of.ts';

/** A message and why it can't be processed. */
export interface RefusedMessage {
  message: ConsumeMessage;
  reason: string;
}

/**
 * Puts copies of messages on the dead-letter queue; resolves once the broker keeps them.
 * @throws if it doesn't, or there is no such queue
 */
export type SendDeadLetters = (refused: readonly RefusedMessage[]) => Promise<void>;

/** A frame of AMQP holds all headers of a message, and the reason may quote what a client sent. */
const maxReasonLength = 1000;

/** @param queueName the queue that the messages came from */
export function createDeadLetterSender(channel: ConfirmChannel, queueName: string): SendDeadLetters {
  const deadLetterQueue = deadLetterQueueName(queueName);
  // A message for a queue that is gone is confirmed too; just before that, the broker hands it back.
  let returned = 0;
  channel.on('return', () => {
    returned += 1;
  });
  return async (refused) => {
    if (refused.length === 0) return;
    returned = 0;
    for (const { message, reason } of refused) {
      const { messageId, contentType } = message.properties;
      // Not with all its properties: some would change where the message goes or how long it stays.
      channel.sendToQueue(deadLetterQueue, message.content, {
        mandatory: true,
        persistent: true,
        messageId,
        contentType,
        headers: {
          [requestIdHeader]: requestIdOf(message),
          'x-refused-because': reason.slice(0, maxReasonLength),
          'x-refused-at': new Date().toISOString(),
        },
      });
    }
    await channel.waitForConfirms();
    if (returned > 0) throw new Error(`there is no queue ${deadLetterQueue}`);
  };
}
