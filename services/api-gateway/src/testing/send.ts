import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { readBody } from './use-upstreams.ts';

/** A request as it is, without what fetch would mend. */
export interface Sent {
  method: string;
  path: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Uint8Array;
}

export interface Received {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** How long an answer may take before it counts as never coming. */
const patienceMs = 15_000;

/** @throws if no answer comes in time, or the connection breaks */
export async function send(url: string, { method, path, headers = {}, body }: Sent): Promise<Received> {
  const { hostname, port } = new URL(url);
  const signal = AbortSignal.timeout(patienceMs);
  // Node would leave the length out where a method usually has no body, and the body would be the next request.
  const framing = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const sent = request({ hostname, port, method, path, headers: { ...headers, ...framing }, signal });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, text: await readBody(response) };
}

/**
 * Writes bytes that need be no HTTP, and no more after them.
 * @returns what came back until the other side ended the connection
 * @throws if it doesn't in time
 */
export async function sendBytes(url: string, bytes: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const timeout = AbortSignal.timeout(patienceMs);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close', { signal: timeout });
  return text;
}
