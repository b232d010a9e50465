import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { declareBillingQueues } from 'service-contracts/billing-queue';
import { closeInTime, tieConnectionToChannel } from 'service-runtime/broker/connect-broker';
import { beforeAborted } from 'service-runtime/lifecycle/before-aborted';
import type { Logger } from 'service-runtime/logging/create-logger';
import { createDeadLetterSender, type SendDeadLetters } from './dead-letter-sender.ts';
import { OrdersNotWrittenError, type ProcessBatch } from './process-batch.ts';
import { type Subscription, subscribe } from './subscribe.ts';

export interface OrderConsumerOptions {
  queueName: string;
  /** How many messages to hold unacknowledged, at most. */
  prefetch: number;
  processBatch: ProcessBatch;
  /** Resolves when orders can be written, however long that takes; rejects when its signal is aborted. */
  untilWritable: (signal: AbortSignal) => Promise<void>;
}

/** Takes orders from the queue, over one connection. */
export interface OrderConsumer {
  /** @returns how many messages it holds: taken and not acknowledged */
  held(): number;
  /**
   * Takes no more messages, and resolves when those taken are written and acknowledged.
   * @param timeoutMs after which the rest is given back to the queue
   */
  stop(timeoutMs: number): Promise<void>;
}

/** What consuming over one channel needs. */
interface Consumption extends OrderConsumerOptions {
  channel: ConfirmChannel;
  sendDeadLetters: SendDeadLetters;
  logger: Logger;
  /** Aborted when no more messages are to be taken. */
  stopping: AbortSignal;
  /** Aborted when what is held can't be acknowledged any more. */
  closed: AbortSignal;
  held: number;
}

/** Before a connection is given up for an error of ours: the next would meet the same one at once. */
const errorPauseMs = 1000;

/** Starts to consume. Ends by itself with the connection; what was not acknowledged is delivered again by the next. */
export async function startOrderConsumer(
  connection: ChannelModel,
  options: OrderConsumerOptions,
  logger: Logger,
): Promise<OrderConsumer> {
  const channel = await connection.createConfirmChannel();
  const closed = new AbortController();
  channel.once('close', () => closed.abort());
  const untie = tieConnectionToChannel(channel, connection, logger);
  await declareBillingQueues(channel, options.queueName);
  await channel.prefetch(options.prefetch);
  const stopping = new AbortController();
  const signals = { stopping: stopping.signal, closed: closed.signal };
  const sendDeadLetters = createDeadLetterSender(channel, options.queueName);
  const consumption: Consumption = { ...options, ...signals, channel, sendDeadLetters, logger, held: 0 };
  const consuming = consume(consumption);
  return {
    held: () => (closed.signal.aborted ? 0 : consumption.held),
    async stop(timeoutMs) {
      if (closed.signal.aborted) return;
      untie();
      stopping.abort();
      await beforeAborted(consuming, AbortSignal.timeout(timeoutMs)).catch(() => closed.abort());
      await closeInTime(channel);
    },
  };
}

/**
 * Consumes whenever orders can be written. When they can't be, it gives back what it holds and takes nothing until
 * they can: each delivery counts against the queue's delivery limit, and one that is held for longer than the
 * broker's consumer timeout (30 minutes) costs the connection.
 * Sources: https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling,
 * https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout
 */
async function consume(consumption: Consumption): Promise<void> {
  const { channel, queueName, untilWritable, logger } = consumption;
  const ending = AbortSignal.any([consumption.stopping, consumption.closed]);
  const onMessage = () => {
    consumption.held += 1;
  };
  try {
    while (!ending.aborted) {
      await untilWritable(ending);
      const subscription = await subscribe(channel, queueName, onMessage, logger);
      const cancel = () => void subscription.cancel();
      ending.addEventListener('abort', cancel, { once: true });
      if (ending.aborted) cancel();
      await processAll(consumption, subscription);
      ending.removeEventListener('abort', cancel);
    }
  } catch (error) {
    if (ending.aborted) return;
    logger.error({ err: error }, 'messages could not be processed');
    await sleep(errorPauseMs, undefined, { signal: ending }).catch(() => undefined);
    void closeInTime(channel);
  }
}

/** Processes what a subscription brings. @returns when it has ended, or orders can't be written any more */
async function processAll(consumption: Consumption, subscription: Subscription): Promise<void> {
  const { channel, processBatch, sendDeadLetters, closed, logger } = consumption;
  try {
    for await (const batch of subscription.batches()) {
      await processBatch(batch, sendDeadLetters, closed);
      const last = batch.at(-1);
      if (last !== undefined) channel.ack(last, true);
      consumption.held -= batch.length;
    }
  } catch (error) {
    if (closed.aborted || !(error instanceof OrdersNotWrittenError)) throw error;
    await subscription.cancel();
    channel.nackAll(true);
    logger.warn({ err: error, messages: consumption.held }, 'messages given back to the queue');
    consumption.held = 0;
  }
}
