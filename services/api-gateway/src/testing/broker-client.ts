import { setTimeout as sleep } from 'node:timers/promises';
import { type Channel, type ChannelModel, connect, type GetMessage, type Message } from 'amqplib';
import { deadLetterQueueName } from 'service-contracts/billing-queue';
import type { RabbitmqAddress } from '../../../backends/start-rabbitmq.ts';

/** A test's own look at the broker. */
export interface BrokerClient {
  channel: Channel;
  /** Takes the oldest message off a queue. @throws if there is none */
  take(queueName: string): Promise<GetMessage>;
  /** Takes messages off a queue until none has come for a while. */
  takeAll(queueName: string): Promise<Message[]>;
  /** Deletes a queue of a gateway, and its dead-letter queue. */
  deleteQueues(queueName: string): Promise<void>;
  close(): Promise<void>;
}

const quietMs = 1000;

export async function openBrokerClient({
  host: hostname,
  port,
  username,
  password,
  virtualHost: vhost,
}: RabbitmqAddress): Promise<BrokerClient> {
  const connection: ChannelModel = await connect({ hostname, port, username, password, vhost });
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  const get = (queueName: string) => channel.get(queueName, { noAck: true });
  return {
    channel,
    async take(queueName) {
      const message = await get(queueName);
      if (message === false) throw new Error('the queue is empty');
      return message;
    },
    async takeAll(queueName) {
      const messages: Message[] = [];
      const { consumerTag } = await channel.consume(
        queueName,
        (message) => {
          if (message !== null) messages.push(message);
        },
        { noAck: true },
      );
      for (let count = -1; count < messages.length; ) {
        count = messages.length;
        await sleep(quietMs);
      }
      await channel.cancel(consumerTag);
      return messages;
    },
    async deleteQueues(queueName) {
      await channel.deleteQueue(queueName);
      await channel.deleteQueue(deadLetterQueueName(queueName));
    },
    close: () => connection.close(),
  };
}
