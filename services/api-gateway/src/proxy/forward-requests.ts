import type { Readable } from 'node:stream';
import type { Request, RequestHandler, Response } from 'express';
import pRetry from 'p-retry';
import type { Dispatcher } from 'undici';
import { endToEndHeaders, forwardedHeaders } from './forwarded-headers.ts';
import { bodyTooLarge, limitBody } from './limit-body.ts';
import { isWorthRepeating, upstreamProblem } from './upstream-problem.ts';

export interface ForwardOptions {
  /** Connections to the upstream. */
  upstream: Dispatcher;
  /** What problems call it. */
  upstreamName: string;
  /** What the upstream's paths begin with; the request's path from its router on follows. */
  pathPrefix: string;
  maxBodyBytes: number;
}

/**
 * Methods that change nothing: they are sent again where the connection broke before an answer, unless they have
 * a body, which can't be read again.
 */
const safeMethods = new Set(['GET', 'HEAD']);
const repetitions = 3;

/** Makes a handler that sends requests on to an upstream and streams its answers back. */
export function forwardRequests(options: ForwardOptions): RequestHandler {
  return async (request, response) => {
    const clientGone = new AbortController();
    // It closes after every answer, too: sooner than undici's promise resolves.
    response.once('close', () => {
      if (!response.writableFinished) clientGone.abort();
    });
    try {
      const body = bodyOf(request, options.maxBodyBytes);
      const isRepeatable = safeMethods.has(request.method) && body === null;
      await pRetry(() => forward(request, body, response, options, clientGone.signal), {
        retries: isRepeatable ? repetitions : 0,
        minTimeout: 50,
        maxTimeout: 500,
        signal: clientGone.signal,
        shouldRetry: ({ error }) => !response.headersSent && isWorthRepeating(error),
      });
    } catch (error) {
      if (response.headersSent || clientGone.signal.aborted) {
        const reason = error instanceof Error ? error.message : String(error);
        request.log.warn({ reason }, 'answer broken off');
        return;
      }
      throw upstreamProblem(error, options.upstreamName);
    }
  };
}

async function forward(
  request: Request,
  body: Readable | null,
  response: Response,
  { upstream, pathPrefix }: ForwardOptions,
  signal: AbortSignal,
): Promise<void> {
  await upstream.stream(
    {
      method: request.method as Dispatcher.HttpMethod,
      path: `${pathPrefix}${request.url}`,
      headers: forwardedHeaders(request),
      body,
      signal,
    },
    ({ statusCode, headers }) => response.writeHead(statusCode, endToEndHeaders(headers)),
  );
}

/**
 * @returns the request's body, or null if it has none. Not the request itself: undici destroys what it failed to
 *   send, and with the request its connection would go, before the client is told.
 */
function bodyOf(request: Request, maxBytes: number): Readable | null {
  const length = request.headers['content-length'];
  if (request.headers['transfer-encoding'] === undefined && (length === undefined || length === '0'))
    return null;
  if (Number(length) > maxBytes) throw bodyTooLarge(maxBytes);
  return request.pipe(limitBody(maxBytes));
}
