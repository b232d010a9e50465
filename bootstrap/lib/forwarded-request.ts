import type { Socket } from 'node:net';
import { type Duplex, duplexPair, PassThrough } from 'node:stream';
import { type KubeConfig, PortForward } from '@kubernetes/client-node';
import { Client } from 'undici';

/** A port of the pods of a Service. */
export interface ServicePort {
  readonly namespace: string;
  readonly service: string;
  /** The container's. */
  readonly port: number;
}

/** What a server answered. */
export interface ServiceAnswer {
  readonly status: number;
  readonly body: string;
}

/** A way to a port of the pods of a Service; one connection is used as long as it holds. */
export interface ServiceConnection extends AsyncDisposable {
  /**
   * Asks for something by GET.
   *
   * @param path begins with `/`, and has the query
   * @throws Error when no pod is ready, the API server can't be reached, the connection breaks, or nothing is said for
   * a minute
   */
  get(path: string): Promise<ServiceAnswer>;
}

const TIMEOUT_MS = 60_000;

/**
 * A way to a port of the pods of a Service, as `kubectl port-forward` reaches it: through the API server and the
 * kubelet. The API server's own proxy would have to be let through by the pod's network policies, from addresses that
 * differ by cluster
 * (https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/).
 */
export function connectToService(config: KubeConfig, port: ServicePort): ServiceConnection {
  const client = new Client(`http://${port.service}`, {
    connect: (_options, done) => {
      // Of a socket, undici uses what every stream of Node has.
      openConnection(config, port).then(
        (connection) => done(null, connection as Socket),
        (error: Error) => done(error, null),
      );
    },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  return {
    async get(path) {
      const { statusCode, body } = await client.request({ method: 'GET', path });
      return { status: statusCode, body: await body.text() };
    },
    [Symbol.asyncDispose]: () => client.destroy(),
  };
}

/** A connection to the port, as long as a WebSocket to the API server carries it. */
async function openConnection(
  config: KubeConfig,
  { namespace, service, port }: ServicePort,
): Promise<Duplex> {
  const [connection, carried] = duplexPair();
  const refused = new PassThrough({ encoding: 'utf8' });
  refused.on('data', (why: string) => {
    if (why !== '') connection.destroy(new Error(`${namespace}/${service} can't be reached: ${why.trim()}`));
  });
  const socket = await new PortForward(config).portForwardService(
    namespace,
    service,
    [port],
    carried,
    refused,
    carried,
  );
  if (typeof socket === 'function') throw new Error('Only a connection that is made again has no socket');
  // What has come is still read: a server that has said all may close first.
  socket.onclose = () => carried.end();
  connection.once('close', () => socket.close());
  return connection;
}
