import type { ChannelModel } from 'amqplib';
import { deadLetterQueueName } from 'service-contracts/billing-queue';
import { beforeAborted } from 'service-runtime/lifecycle/before-aborted';
import type { QueueState } from 'service-runtime/metrics/observe-queues';

/** Tells how deep the billing queue and its dead-letter queue are. */
export interface QueueReader {
  /** Takes a new connection into use. */
  attach(connection: ChannelModel): Promise<void>;
  /** Never rejects; what the broker doesn't tell within a second is undefined. */
  read(): Promise<Record<string, QueueState>>;
}

const answerTimeoutMs = 1000;

/** @param held tells how many messages of the billing queue this process holds */
export function createQueueReader(queueName: string, held: () => number): QueueReader {
  let count: (name: string) => Promise<number | undefined> = () => Promise.resolve(undefined);
  return {
    async attach(connection) {
      // One of its own: asking for a queue that is gone closes the channel.
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      count = (name) =>
        beforeAborted(
          Promise.try(() => channel.checkQueue(name)).then(({ messageCount }) => messageCount),
          AbortSignal.timeout(answerTimeoutMs),
        ).catch(() => undefined);
    },
    async read() {
      const deadLetterQueue = deadLetterQueueName(queueName);
      const [ready, dead] = await Promise.all([count(queueName), count(deadLetterQueue)]);
      return {
        [queueName]: { ready, unacknowledged: held() },
        [deadLetterQueue]: { ready: dead, unacknowledged: 0 },
      };
    },
  };
}
