import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ConsumeMessage } from 'amqplib';
import { deadLetterQueueName } from 'service-contracts/billing-queue';
import { closeInTime } from 'service-runtime/broker/connect-broker';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { Sources } from './config.ts';
import { type Snapshot, takeSnapshot } from './database/take-snapshot.ts';
import { holdQueue, type QueueHold } from './queue/hold-queue.ts';
import { formatRecord } from './queue/message-record.ts';
import { openBroker } from './queue/open-broker.ts';
import { untilNothingInFlight } from './queue/until-nothing-in-flight.ts';

/** One moment of everything: the queues as a file, the databases as snapshots, which the caller closes. */
export interface Moment {
  takenAt: Date;
  inventory: Snapshot;
  billing: Snapshot;
  /** Messages, by queue. */
  messages: Record<string, number>;
  brokerVersion: string;
  /** For how long orders waited in the queue. */
  heldMs: number;
}

export interface CaptureOptions {
  sources: Sources;
  /** Where the messages go: gzipped lines of JSON. */
  queuesFile: string;
  holdTimeoutMs: number;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Captures a moment in which every order that was ever accepted is a message in the file, or a row in the snapshot
 * of billing, or both: an order is written once by its message id, so both is as good as one. What could be neither
 * is a message that billing-app holds; so all messages are held here, where they wait (and new ones are accepted),
 * until billing-app has written and acknowledged what it has, and both snapshots are taken. Then all are released.
 * A process that dies meanwhile leaves nothing: the broker puts the messages back.
 */
export async function captureMoment(options: CaptureOptions): Promise<Moment> {
  const { sources, logger, holdTimeoutMs } = options;
  const { connection, version } = await openBroker(sources.broker);
  const broken = new AbortController();
  const timeout = AbortSignal.timeout(holdTimeoutMs);
  const signal = AbortSignal.any([options.signal, broken.signal, timeout]);
  const file = createGzip();
  const written = pipeline(file, createWriteStream(options.queuesFile, { mode: 0o600 }));
  const holds: QueueHold[] = [];
  try {
    const startedMs = performance.now();
    for (const queue of [sources.billingQueue, deadLetterQueueName(sources.billingQueue)]) {
      const onMessage = (message: ConsumeMessage) => {
        if (file.writable) file.write(`${formatRecord(queue, message)}\n`);
      };
      const onBroken = (error: Error) => broken.abort(error);
      holds.push(await holdQueue(connection, queue, { onMessage, onBroken }));
    }
    logger.info('waiting until no order is being written');
    await Promise.all(holds.map((hold) => hold.untilTaken(signal)));
    await untilNothingInFlight(sources.metrics, holds, signal);
    const snapshots = await takeSnapshots(sources);
    try {
      // Had it broken, messages might have been written after the snapshot, and not be in the file as a whole.
      signal.throwIfAborted();
    } catch (error) {
      await Promise.all([snapshots.inventory.close(), snapshots.billing.close()]);
      throw error;
    }
    const takenAt = new Date();
    const messages = Object.fromEntries(holds.map((hold) => [hold.queue, hold.count()]));
    file.end();
    await release(holds, connection);
    const heldMs = Math.round(performance.now() - startedMs);
    await written;
    return { ...snapshots, takenAt, messages, brokerVersion: version, heldMs };
  } catch (error) {
    file.destroy();
    await written.catch(() => undefined);
    await release(holds, connection);
    throw broken.signal.aborted ? broken.signal.reason : error;
  }
}

async function takeSnapshots(sources: Sources): Promise<{ inventory: Snapshot; billing: Snapshot }> {
  const inventory = await takeSnapshot(sources.inventory);
  try {
    return { inventory, billing: await takeSnapshot(sources.billing) };
  } catch (error) {
    await inventory.close();
    throw error;
  }
}

async function release(holds: readonly QueueHold[], connection: { close(): Promise<void> }): Promise<void> {
  await Promise.all(holds.map((hold) => hold.release()));
  await closeInTime(connection);
}
