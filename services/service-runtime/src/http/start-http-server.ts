import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createConnectionCloser } from './connection-closer.ts';

/** A server that listens. */
export interface HttpServer {
  readonly port: number;
  /** Goes on serving, and ends each connection with its next answer. */
  drain(): void;
  /**
   * Takes no new connections and resolves when the requests in flight are answered.
   * @param timeoutMs after which what is left is cut off
   */
  stop(timeoutMs: number): Promise<void>;
}

const maxConnectionAgeMs = 30_000;

/** Longer than the idle time of usual load balancers and of undici, so that the client is the one to hang up. */
const keepAliveTimeoutMs = 65_000;

/** The same while the server stops. */
const lastKeepAliveTimeoutMs = 200;

/**
 * Listens on all addresses.
 * @param port 0 takes any free one
 * @throws the error of listen, such as EADDRINUSE
 */
export async function startHttpServer(listener: RequestListener, port: number): Promise<HttpServer> {
  const closer = createConnectionCloser(maxConnectionAgeMs);
  const server = createServer(
    { keepAliveTimeout: keepAliveTimeoutMs, requestTimeout: 60_000 },
    (request, response) => {
      closer.inspect(request, response);
      listener(request, response);
    },
  );
  server.listen(port);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    drain: () => closer.drain(),
    async stop(timeoutMs) {
      closer.drain();
      // An answer that had begun by then could not end its connection, which would stay open for the whole timeout.
      server.keepAliveTimeout = lastKeepAliveTimeoutMs;
      const closed = once(server, 'close');
      server.close();
      const cutOff = setTimeout(() => server.closeAllConnections(), timeoutMs);
      await closed;
      clearTimeout(cutOff);
    },
  };
}
