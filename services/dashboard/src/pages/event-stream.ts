import type { Response } from 'express';

/** How often something is sent at least, so that both sides notice when the other is gone. */
const beatMs = 4000;
/** What may wait for a reader that is slow; beyond it, the reader is let go and comes again. */
const maxWaitingBytes = 2 * 1024 * 1024;

/** Server-sent events to one reader. */
export interface EventStream {
  send(event: string, data: unknown): void;
  /** Whether the reader is slower than what it is sent. */
  isBehind(): boolean;
  end(): void;
}

/**
 * Begins an answer of server-sent events. `beat` comes by itself.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @param onEnd called once, whoever ended it
 */
export function openEventStream(response: Response, onEnd: () => void): EventStream {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // Proxies of nginx's kind would collect it.
    'x-accel-buffering': 'no',
  });
  const send = (event: string, data: unknown) => {
    if (response.writableLength > maxWaitingBytes) return response.destroy();
    return response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const timer = setInterval(() => send('beat', { nowMs: Date.now() }), beatMs);
  response.once('close', () => {
    clearInterval(timer);
    onEnd();
  });
  // Soon: the page is of use again as soon as the next process is.
  response.write('retry: 1000\n\n');
  return {
    send: (event, data) => void send(event, data),
    isBehind: () => response.writableNeedDrain,
    end: () => response.end(),
  };
}
