import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/**
 * Headers that are about one connection and not about the message (RFC 9110, section 7.6.1), so that a proxy
 * must not pass them on; and Expect, which Node has answered already.
 */
const connectionHeaders = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @returns the headers of a message that may travel on */
export function endToEndHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  // Sent twice it arrives as a list, whatever its type says.
  const named = new Set(
    String(headers.connection)
      .toLowerCase()
      .split(/\s*,\s*/),
  );
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !connectionHeaders.has(name) && !named.has(name)),
  );
}

/**
 * @param requestId what the next service logs the request under
 * @returns the headers to send on: those of the client that may travel, and who asked, by what, for which host
 */
export function forwardedHeaders(request: IncomingMessage, requestId: string): IncomingHttpHeaders {
  const { host, ...headers } = endToEndHeaders(request.headers);
  const via = [headers['x-forwarded-for'], request.socket.remoteAddress].filter(Boolean).join(', ');
  return {
    ...headers,
    ...(host === undefined ? {} : { 'x-forwarded-host': host }),
    'x-forwarded-for': via,
    'x-forwarded-proto': 'http',
    'x-request-id': requestId,
  };
}
