import type { Channel } from 'amqplib';

/** The queue that carries orders from api-gateway to billing-app. */
export const billingQueueName = 'billing_queue';

/**
 * Names the queue that keeps what could not be processed, for a person to look at.
 * @param queueName the queue whose messages are meant
 */
export function deadLetterQueueName(queueName: string): string {
  return `${queueName}.dead`;
}

/**
 * Declares a billing queue and its dead-letter queue. Both ends do, so that an order posted before billing-app
 * ever ran is kept. What may have to change later (delivery limit, dead-lettering by the broker) is a policy of
 * the broker instead, since a queue's own arguments can't be changed.
 * @throws if the broker has a queue of that name with other arguments
 */
export async function declareBillingQueues(
  channel: Pick<Channel, 'assertQueue'>,
  queueName: string,
): Promise<void> {
  for (const name of [queueName, deadLetterQueueName(queueName)]) {
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  }
}
