import type { ConfirmChannel, Options } from 'amqplib';

/** Puts messages on a queue and knows for each whether the broker keeps it. */
export interface ConfirmedSender {
  /**
   * Resolves once the broker has confirmed the message.
   * @throws if it refused the message, has no such queue, or the channel closed before it said
   */
  send(content: Buffer, options: Options.Publish & { messageId: string }): Promise<void>;
}

/** @param queueName the queue, reached by the default exchange */
export function createConfirmedSender(channel: ConfirmChannel, queueName: string): ConfirmedSender {
  // A message for a queue that is gone is confirmed too; just before that, the broker hands it back.
  const returned = new Set<unknown>();
  channel.on('return', (message) => returned.add(message.properties.messageId));
  return {
    send: (content, options) =>
      new Promise((resolve, reject) => {
        channel.sendToQueue(
          queueName,
          content,
          { ...options, mandatory: true, persistent: true },
          (error: unknown) => {
            if (error) {
              reject(error instanceof Error ? error : new Error('the broker refused the message'));
            } else if (returned.delete(options.messageId)) {
              reject(new Error(`there is no queue ${queueName}`));
              // The next channel declares it again.
              Promise.try(() => channel.close()).catch(() => undefined);
            } else {
              resolve();
            }
          },
        );
      }),
  };
}
