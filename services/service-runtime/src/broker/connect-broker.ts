import { type Channel, type ChannelModel, connect } from 'amqplib';
import { beforeAborted } from '../lifecycle/before-aborted.ts';
import type { Logger } from '../logging/create-logger.ts';
import { lookupWithMemory } from '../network/remember-addresses.ts';

export interface BrokerOptions {
  host: string;
  port: number;
  username: string;
  password: string;
  virtualHost: string;
  /** What the broker shows of this connection. */
  connectionName: string;
}

/** A connection to the broker that comes back by itself. */
export interface Broker {
  isConnected(): boolean;
  /** @throws while there is no connection */
  check(): void;
  close(): Promise<void>;
}

/** Short: whoever asks waits meanwhile, and the next attempt may be sent to another broker. */
const connectTimeoutMs = 2000;
/** A broker whose machine vanished closes nothing: it counts as gone after two of these without a sign of it. */
const heartbeatSeconds = 5;
const closeTimeoutMs = 2000;

/**
 * Connects in the background and again after every loss, for as long as it takes, so that a service can start
 * before its broker.
 * @param onConnection called with each new connection before it counts as connected; where it rejects, the
 *   connection is closed and the next is tried
 */
export async function connectBroker(
  options: BrokerOptions,
  onConnection: (connection: ChannelModel) => Promise<void>,
  logger: Logger,
): Promise<Broker> {
  let isConnected = false;
  const setup = async (connection: ChannelModel) => {
    try {
      await onConnection(connection);
    } catch (error) {
      // The library would do so too, but wait for it without end.
      await closeInTime(connection);
      throw error;
    }
  };
  const { host: hostname, port, username, password, virtualHost: vhost } = options;
  const connection = await connect(
    { protocol: 'amqp', hostname, port, username, password, vhost, heartbeat: heartbeatSeconds },
    {
      timeout: connectTimeoutMs,
      noDelay: true,
      lookup: lookupWithMemory,
      clientProperties: { connection_name: options.connectionName },
      recovery: { initialDelay: 100, maxDelay: 1000, waitForConnect: false, setup },
    },
  );
  connection.on('connect', () => {
    isConnected = true;
    logger.info('broker connected');
  });
  connection.on('disconnect', (error: Error) => {
    isConnected = false;
    logger.warn({ reason: error.message }, 'broker connection lost');
  });
  connection.on('connect-failed', (error: Error) => {
    logger.warn({ reason: error.message }, 'broker not reachable');
  });
  // The same error comes as a disconnect; without a listener it would end the process.
  connection.on('error', (error: Error) => logger.debug({ err: error }, 'broker connection error'));
  return {
    isConnected: () => isConnected,
    check() {
      if (!isConnected) throw new Error('not connected');
    },
    close: () => closeInTime(connection),
  };
}

/**
 * Closes a channel or a connection, so that all that was sent on it has arrived. Where the connection breaks
 * meanwhile, the library's promise stays pending for good: this one resolves after two seconds. Never rejects.
 */
export async function closeInTime(closable: { close(): Promise<void> }): Promise<void> {
  // Closing throws where it is closed already.
  const closing = Promise.try(() => closable.close());
  await beforeAborted(closing, AbortSignal.timeout(closeTimeoutMs)).catch(() => undefined);
}

/**
 * Lets a connection end with its channel, so that the next one brings a fresh channel. Without it a channel that
 * the broker closed would stay closed for good.
 * @returns a function that unties them again, for a channel that is closed on purpose
 */
export function tieConnectionToChannel(
  channel: Channel,
  connection: ChannelModel,
  logger: Logger,
): () => void {
  channel.on('error', (error: Error) => logger.warn({ err: error }, 'broker channel failed'));
  const closeConnection = () => void closeInTime(connection);
  channel.once('close', closeConnection);
  return () => channel.off('close', closeConnection);
}
