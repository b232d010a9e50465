import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { closeInTime } from 'service-runtime/broker/connect-broker';

/** All messages of a queue, taken from it and not acknowledged: nobody else gets one until they are released. */
export interface QueueHold {
  readonly queue: string;
  /** When messages began to come here and to nobody else, in milliseconds of performance.now(). */
  readonly sinceMs: number;
  /** How many messages are held. */
  count(): number;
  /** How many channels have held messages since a moment, in milliseconds of performance.now(). */
  channelsHoldingSince(momentMs: number): number;
  /** Resolves when the queue has handed out all that it had; rejects when the signal is aborted. */
  untilTaken(signal: AbortSignal): Promise<void>;
  /** Gives all back: they are in the queue again, at their places, as if the process had been killed. */
  release(): Promise<void>;
}

export interface HoldOptions {
  /** Called for each message as it arrives. */
  onMessage: (message: ConsumeMessage) => void;
  /** Told when the hold is broken: what it held is with others again. */
  onBroken: (error: Error) => void;
  /** How many messages one channel takes. AMQP has 16 bits for it; for more, there are more channels. */
  prefetch?: number;
}

/** Consumers of a higher priority are served first (https://www.rabbitmq.com/docs/consumer-priority). */
const priority = 100;
const maxPrefetch = 65_535;
const lookAgainMs = 100;

interface HoldingChannel {
  channel: Channel;
  count: number;
  firstMs: number;
}

/** Takes all messages of a queue, and all that come, until they are released. Acknowledges none. */
export async function holdQueue(
  connection: ChannelModel,
  queue: string,
  options: HoldOptions,
): Promise<QueueHold> {
  const prefetch = options.prefetch ?? maxPrefetch;
  const channels: HoldingChannel[] = [];
  let isReleased = false;
  const broken = (reason: string, cause?: unknown) => {
    if (!isReleased)
      options.onBroken(new Error(`the messages of ${queue} can't be held: ${reason}`, { cause }));
  };
  const openChannel = async () => {
    const channel = await connection.createChannel();
    const holding: HoldingChannel = { channel, count: 0, firstMs: Number.POSITIVE_INFINITY };
    channel.on('error', (error: Error) => broken(error.message, error));
    channel.once('close', () => broken('the channel was closed'));
    await channel.prefetch(prefetch);
    channels.push(holding);
    const consume = (message: ConsumeMessage | null) => {
      if (message === null) return broken('the consumer was cancelled');
      if (holding.count === 0) holding.firstMs = performance.now();
      holding.count += 1;
      options.onMessage(message);
    };
    await channel.consume(queue, consume, { arguments: { 'x-priority': priority } });
    return holding;
  };
  let newest = await openChannel();
  const sinceMs = performance.now();
  return {
    queue,
    sinceMs,
    count: () => channels.reduce((sum, { count }) => sum + count, 0),
    channelsHoldingSince: (momentMs) => channels.filter(({ firstMs }) => firstMs <= momentMs).length,
    async untilTaken(signal) {
      for (;;) {
        signal.throwIfAborted();
        // The answer comes after what was sent on this channel before.
        const { messageCount } = await newest.channel.checkQueue(queue);
        if (messageCount === 0) return;
        if (newest.count >= prefetch) newest = await openChannel();
        else await sleep(lookAgainMs, undefined, { signal });
      }
    },
    async release() {
      isReleased = true;
      await Promise.all(channels.map(({ channel }) => closeInTime(channel)));
    },
  };
}
