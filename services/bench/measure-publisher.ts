import { type ConfirmChannel, connect } from 'amqplib';
import type { RabbitmqAddress } from '../backends/start-rabbitmq.ts';
import { messageProperties, order } from './measure-orders.ts';

export interface PublisherLoad {
  orders: number;
  /** How many may wait for their confirmation at once. */
  outstanding: number;
}

const queueName = 'bench_orders';

/**
 * Publishes orders by amqplib alone, to a quorum queue like the billing queue that nobody consumes.
 * @returns how many the broker confirmed a second
 */
export async function measurePublisher(address: RabbitmqAddress, load: PublisherLoad): Promise<number> {
  const { host: hostname, virtualHost: vhost, port, username, password } = address;
  const connection = await connect({ hostname, vhost, port, username, password }, { noDelay: true });
  try {
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(queueName, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    const startedAt = performance.now();
    await publishAll(channel, load);
    const elapsedMs = performance.now() - startedAt;
    await channel.deleteQueue(queueName);
    return (load.orders * 1000) / elapsedMs;
  } finally {
    await connection.close();
  }
}

/** Each confirmation lets the next message go. */
async function publishAll(channel: ConfirmChannel, { orders, outstanding }: PublisherLoad): Promise<void> {
  let left = orders;
  const publishNext = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await publish(channel);
    }
  };
  await Promise.all(Array.from({ length: outstanding }, publishNext));
}

function publish(channel: ConfirmChannel): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.sendToQueue(queueName, Buffer.from(order), messageProperties(), (error: unknown) => {
      if (error) reject(error instanceof Error ? error : new Error('the broker refused the message'));
      else resolve();
    });
  });
}
