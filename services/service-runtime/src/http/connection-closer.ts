import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Tells clients to open a new connection, by `Connection: close` on an answer, which is the one way that never
 * breaks a request. It does so for connections older than maxAgeMs, because a Service spreads connections and
 * not requests: without it the pods that an autoscaler adds would get nothing. And for all, once draining.
 */
export interface ConnectionCloser {
  /** To be called first for each request. */
  inspect(request: IncomingMessage, response: ServerResponse): void;
  /** From now on every answer ends its connection. */
  drain(): void;
}

/**
 * @param maxAgeMs how long a connection may be used
 * @param now the clock, in milliseconds
 */
export function createConnectionCloser(maxAgeMs: number, now: () => number = Date.now): ConnectionCloser {
  const openedAt = new WeakMap<object, number>();
  const unanswered = new Set<ServerResponse>();
  let isDraining = false;
  return {
    inspect({ socket }, response) {
      const opened = openedAt.get(socket) ?? now();
      openedAt.set(socket, opened);
      if (isDraining || now() - opened > maxAgeMs) {
        response.setHeader('connection', 'close');
        return;
      }
      unanswered.add(response);
      response.once('close', () => unanswered.delete(response));
    },
    drain() {
      isDraining = true;
      for (const response of unanswered) {
        if (!response.headersSent) response.setHeader('connection', 'close');
      }
    },
  };
}
