import { type Channel, type ChannelModel, connect, type GetMessage } from 'amqplib';
import type { RabbitmqAddress } from '../../../backends/start-rabbitmq.ts';

/** A test's own look at the broker. */
export interface BrokerClient {
  channel: Channel;
  /** Takes the oldest message off a queue. @throws if there is none */
  take(queueName: string): Promise<GetMessage>;
  /** Takes all messages off a queue. */
  takeAll(queueName: string): Promise<GetMessage[]>;
  close(): Promise<void>;
}

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
      const messages: GetMessage[] = [];
      for (let next = await get(queueName); next !== false; next = await get(queueName)) messages.push(next);
      return messages;
    },
    close: () => connection.close(),
  };
}
