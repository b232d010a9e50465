import type { ChannelModel } from 'amqplib';
import pRetry from 'p-retry';
import { declareBillingQueues } from 'service-contracts/billing-queue';
import type { Order } from 'service-contracts/order';
import { tieConnectionToChannel } from 'service-runtime/broker/connect-broker';
import { unavailable } from 'service-runtime/http/problem';
import { beforeAborted } from 'service-runtime/lifecycle/before-aborted';
import type { Logger } from 'service-runtime/logging/create-logger';
import { type ConfirmedSender, createConfirmedSender } from './confirmed-sender.ts';

export interface OrderPublisherOptions {
  queueName: string;
  /** How long an order may wait for the broker, over all attempts. */
  timeoutMs: number;
}

/** What travels with an order: its identity, for the consumer to know it again, and the request it came by. */
export interface OrderIdentity {
  messageId: string;
  requestId: string;
}

export interface OrderPublisher {
  /** Takes a new connection into use. */
  attach(connection: ChannelModel): Promise<void>;
  /**
   * Resolves once the broker has confirmed that it keeps the order, on disk and on a majority of its replicas.
   * A connection that breaks meanwhile is waited for, and the order sent again: the consumer knows it by its id.
   * @throws Problem 503 if that took too long. The order may have been kept all the same: only the confirmation
   *   is missing then.
   */
  publish(order: Order, identity: OrderIdentity): Promise<void>;
  /** @returns how many orders wait to be confirmed */
  waitingCount(): number;
}

/** How many orders may wait at once: more would only fill the memory while the broker is away. */
const maxWaiting = 5000;

/** Makes a publisher that has no connection yet: orders wait for one. */
export function createOrderPublisher(
  { queueName, timeoutMs }: OrderPublisherOptions,
  logger: Logger,
): OrderPublisher {
  let sender = Promise.withResolvers<ConfirmedSender>();
  let waiting = 0;

  async function sendUntil(deadline: AbortSignal, order: Order, { messageId, requestId }: OrderIdentity) {
    const content = Buffer.from(JSON.stringify(order));
    const timestamp = Math.floor(Date.now() / 1000);
    const options = {
      messageId,
      timestamp,
      correlationId: requestId,
      contentType: 'application/json',
      headers: { 'x-request-id': requestId },
    };
    const attempt = async () => {
      const current = await sender.promise;
      // The connection may have come after the client was told that it didn't.
      deadline.throwIfAborted();
      await current.send(content, options);
    };
    await pRetry(attempt, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 50,
      maxTimeout: 500,
      signal: deadline,
      onFailedAttempt: ({ error }) =>
        logger.warn({ reason: error.message, messageId, requestId }, 'order not confirmed yet'),
    });
  }

  return {
    async attach(connection) {
      const channel = await connection.createConfirmChannel();
      tieConnectionToChannel(channel, connection, logger);
      await declareBillingQueues(channel, queueName);
      channel.once('close', () => {
        sender = Promise.withResolvers();
      });
      sender.resolve(createConfirmedSender(channel, queueName));
    },
    async publish(order, identity) {
      if (waiting >= maxWaiting) throw unavailable('Too many orders wait to be stored.');
      waiting += 1;
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        await beforeAborted(sendUntil(deadline, order, identity), deadline);
      } catch (error) {
        throw unavailable('The order could not be stored now.', error);
      } finally {
        waiting -= 1;
      }
    },
    waitingCount: () => waiting,
  };
}
