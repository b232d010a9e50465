import { connect, type Socket } from 'node:net';
import type { PoolClient } from 'pg';

/** What a session was told at its start, and what pg keeps of it without naming it in its types. */
interface BackendKey {
  processID: number;
  secretKey: number;
}

const cancelRequestCode = 80_877_102;
const timeoutMs = 2000;

/**
 * Asks PostgreSQL to end what a connection's session is doing; that takes a connection of its own. Nobody answers,
 * and a session that does nothing ignores it. To be followed by giving the connection up: the request may arrive
 * late and would end the next caller's statement.
 * Source: https://www.postgresql.org/docs/17/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function requestCancel(client: PoolClient): void {
  const { processID, secretKey } = client as unknown as BackendKey;
  const { remoteAddress, remotePort } = client.connection.stream as Socket;
  // Without an address the connection is gone, and PostgreSQL will notice that by itself.
  if (remoteAddress === undefined || remotePort === undefined) return;
  const message = Buffer.alloc(16);
  for (const [index, value] of [message.length, cancelRequestCode, processID, secretKey].entries()) {
    message.writeInt32BE(value, index * 4);
  }
  const socket = connect(remotePort, remoteAddress, () => socket.end(message));
  socket.setTimeout(timeoutMs, () => socket.destroy());
  socket.on('error', () => undefined);
  socket.resume();
}
