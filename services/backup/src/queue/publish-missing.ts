import type { ChannelModel } from 'amqplib';
import { closeInTime } from 'service-runtime/broker/connect-broker';
import { holdQueue } from './hold-queue.ts';
import { identityOf, type MessageRecord, publishOptions } from './message-record.ts';

/** So many messages wait for their confirmation at once. */
const batchSize = 500;

/**
 * Publishes messages into a queue, except those that it holds already, so that doing it again changes nothing.
 * @returns how many were published, when the broker has confirmed them all
 * @throws Error if the broker refuses one or has no such queue
 */
export async function publishMissing(
  connection: ChannelModel,
  queue: string,
  records: readonly MessageRecord[],
  signal: AbortSignal,
): Promise<number> {
  const known = new Set<string>();
  const broken = new AbortController();
  const hold = await holdQueue(connection, queue, {
    onMessage: ({ properties, content }) => known.add(identityOf(properties.messageId, content)),
    onBroken: (error) => broken.abort(error),
  });
  try {
    await hold.untilTaken(AbortSignal.any([signal, broken.signal]));
    const isMissing = ({ properties, content }: MessageRecord) =>
      !known.has(identityOf(properties.messageId, Buffer.from(content, 'base64')));
    const missing = records.filter(isMissing);
    await publish(connection, queue, missing);
    return missing.length;
  } finally {
    await hold.release();
  }
}

async function publish(
  connection: ChannelModel,
  queue: string,
  records: readonly MessageRecord[],
): Promise<void> {
  const channel = await connection.createConfirmChannel();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  channel.on('error', failure.reject);
  channel.once('close', () => failure.reject(new Error('the broker closed the channel')));
  channel.on('return', () => failure.reject(new Error(`there is no queue ${queue}`)));
  for (let start = 0; start < records.length; start += batchSize) {
    for (const record of records.slice(start, start + batchSize))
      channel.sendToQueue(queue, Buffer.from(record.content, 'base64'), publishOptions(record));
    await Promise.race([channel.waitForConfirms(), failure.promise]);
  }
  await closeInTime(channel);
}
