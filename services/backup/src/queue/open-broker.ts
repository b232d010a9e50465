import { type ChannelModel, connect } from 'amqplib';
import type { BrokerOptions } from 'service-runtime/broker/connect-broker';

/** A connection for one piece of work: it doesn't come back by itself. */
export interface OpenBroker {
  readonly connection: ChannelModel;
  readonly version: string;
}

const connectTimeoutMs = 10_000;
const heartbeatSeconds = 10;

export async function openBroker(options: BrokerOptions): Promise<OpenBroker> {
  const { host: hostname, port, username, password, virtualHost: vhost } = options;
  const connection = await connect(
    { protocol: 'amqp', hostname, port, username, password, vhost, heartbeat: heartbeatSeconds },
    { timeout: connectTimeoutMs, clientProperties: { connection_name: options.connectionName } },
  );
  // Without a listener it would end the process; the channels tell it too, by closing.
  connection.on('error', () => undefined);
  const { version } = connection.connection.serverProperties;
  return { connection, version: String(version) };
}
