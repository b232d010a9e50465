import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import type { Logger } from '../logging/create-logger.ts';

/** The header that carries a request's id from service to service, and back to the client. */
export const requestIdHeader = 'x-request-id';

const acceptableId = /^[\w.:-]{1,100}$/;
const unloggedPaths = new Set(['/health', '/ready']);

/** @returns whether an id that someone sent is harmless to log and to pass on */
export function isRequestId(id: unknown): id is string {
  return typeof id === 'string' && acceptableId.test(id);
}

/** Middleware that gives each request an id and a logger, and logs it once answered. Probes are not logged. */
export function logRequests(logger: Logger): RequestHandler {
  return pinoHttp({
    logger,
    genReqId: identify,
    autoLogging: { ignore: (request) => unloggedPaths.has(request.url ?? '') },
    customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'error' : 'info'),
    serializers: {
      req: (request: { id: unknown; method: string; url: string }) => ({
        id: request.id,
        method: request.method,
        url: request.url,
      }),
      res: (response: { statusCode: number }) => ({ status: response.statusCode }),
    },
    customAttributeKeys: { responseTime: 'durationMs' },
  });
}

/** @returns the id that the caller sent where it is harmless to log and forward, else a new one */
function identify(request: IncomingMessage, response: ServerResponse): string {
  const sent = request.headers[requestIdHeader];
  const id = isRequestId(sent) ? sent : randomUUID();
  response.setHeader(requestIdHeader, id);
  return id;
}
