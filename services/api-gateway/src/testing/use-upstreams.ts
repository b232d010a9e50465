import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach } from 'vitest';

/** Starts servers that do what a test wants; each is closed after its test. All functions return an address. */
export interface Upstreams {
  /** Speaks HTTP. */
  http(listener: RequestListener): Promise<string>;
  /** Speaks whatever the test makes it write. */
  tcp(onConnection: (socket: Socket) => void): Promise<string>;
}

export function useUpstreams(): Upstreams {
  const servers: { server: Server; sockets: Set<Socket> }[] = [];
  afterEach(() => {
    for (const { server, sockets } of servers.splice(0)) {
      server.close();
      for (const socket of sockets) socket.destroy();
    }
  });
  const listen = async (server: Server) => {
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    servers.push({ server, sockets });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  return {
    http: (listener) => listen(createServer(listener)),
    tcp: (onConnection) =>
      listen(
        createTcpServer((socket) => {
          socket.on('error', () => undefined);
          onConnection(socket);
        }),
      ),
  };
}

/** @returns the body of a request or an answer */
export async function readBody(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  return text;
}
