import { randomUUID } from 'node:crypto';
import { type ConfirmChannel, connect, type GetMessage, type Options } from 'amqplib';
import { deadLetterQueueName, declareBillingQueues } from 'service-contracts/billing-queue';
import type { RabbitmqAddress } from '../../../backends/start-rabbitmq.ts';

/** The other side of a billing queue, for tests: sends orders and looks at what is left. */
export interface QueueClient {
  readonly queueName: string;
  readonly channel: ConfirmChannel;
  /** Sends a body, as JSON unless it is bytes; resolves when the broker has confirmed it. */
  send(body: unknown, options?: Options.Publish): Promise<void>;
  /** Sends many without waiting for each, and resolves when the broker has confirmed all. */
  sendAll(messages: Iterable<{ body: unknown; options?: Options.Publish }>): Promise<void>;
  /** @returns how many messages wait on the queue that nobody holds */
  depth(): Promise<number>;
  /** @returns all that is on the dead-letter queue now, which is empty then */
  takeDeadLetters(): Promise<GetMessage[]>;
  close(): Promise<void>;
}

/** Declares the queues too. */
export async function connectQueueClient(broker: RabbitmqAddress, queueName: string): Promise<QueueClient> {
  const { host: hostname, port, username, password, virtualHost: vhost } = broker;
  const connection = await connect({ hostname, port, username, password, vhost });
  // A test may kill the broker.
  connection.on('error', () => undefined);
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined);
  await declareBillingQueues(channel, queueName);
  const publish = (body: unknown, options: Options.Publish = {}) => {
    const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    channel.sendToQueue(queueName, content, { persistent: true, messageId: randomUUID(), ...options });
  };
  return {
    queueName,
    channel,
    async send(body, options) {
      publish(body, options);
      await channel.waitForConfirms();
    },
    async sendAll(messages) {
      for (const { body, options } of messages) publish(body, options);
      await channel.waitForConfirms();
    },
    async depth() {
      return (await channel.checkQueue(queueName)).messageCount;
    },
    async takeDeadLetters() {
      const messages: GetMessage[] = [];
      for (;;) {
        const message = await channel.get(deadLetterQueueName(queueName), { noAck: true });
        if (message === false) return messages;
        messages.push(message);
      }
    },
    close: () => Promise.try(() => connection.close()).catch(() => undefined),
  };
}
