import { isIPv4 } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { Problem } from 'service-runtime/http/problem';

const windowMs = 60_000;
const mappedPrefix = '::ffff:';

/**
 * Makes middleware that lets each client's address send so many requests a minute, and says so by the headers
 * RateLimit and RateLimit-Policy; what is more is 429 with Retry-After. Each process counts for itself.
 * Source: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-08
 * @param requestsPerMinute at least 1
 */
export function limitRate(requestsPerMinute: number): RequestHandler {
  return rateLimit({
    windowMs,
    limit: requestsPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'requests-per-address',
    keyGenerator: addressOf,
    handler: (_request, _response, next) => {
      next(new Problem(429, { detail: `Only ${requestsPerMinute} requests a minute are possible.` }));
    },
    // It would warn that strangers send X-Forwarded-For. They may: it is believed of trusted proxies only.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
  });
}

/**
 * @returns what a client is counted under: the address of the connection, or the one that trusted proxies name. Of
 *   an IPv6 address it is the network, since whoever has one address there has them all.
 */
function addressOf({ ip = '' }: Request): string {
  // How a server that listens on IPv6 sees IPv4: cheaper to tell here than by parsing.
  const mapped = ip.startsWith(mappedPrefix) ? ip.slice(mappedPrefix.length) : '';
  return isIPv4(mapped) ? mapped : ipKeyGenerator(ip);
}
