import type { IncomingHttpHeaders } from 'node:http';
import type { Request } from 'express';

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
 * @returns the headers to send on: those of the client that may travel, and who asked, by what, for which host. Of
 *   X-Forwarded-For only what was added by those whom the reader trusts is true, and that is counted from its end.
 */
export function forwardedHeaders(request: Request): IncomingHttpHeaders {
  const { host: _host, forwarded: _forwarded, ...headers } = endToEndHeaders(request.headers);
  const via = [headers['x-forwarded-for'], request.socket.remoteAddress].filter(Boolean).join(', ');
  // Express gives what trusted proxies say of host and protocol, and what the connection says elsewhere.
  const { host, protocol } = request;
  return {
    ...headers,
    ...(host ? { 'x-forwarded-host': host } : {}),
    'x-forwarded-for': via,
    'x-forwarded-proto': protocol,
    'x-request-id': String(request.id),
    via: [headers.via, `${request.httpVersion} api-gateway`].filter(Boolean).join(', '),
  };
}
