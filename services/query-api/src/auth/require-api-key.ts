import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { Problem } from 'service-runtime/http/problem';

/**
 * Makes middleware that lets in who knows the key, in `X-Api-Key` or as `Authorization: Bearer`; 401 for others.
 * How long the comparison takes doesn't tell how much of a key was right, nor how long it is: hashes are compared.
 */
export function requireApiKey(apiKey: string): RequestHandler {
  const expected = hash(apiKey);
  return (request, _response, next) => {
    const sent = sentKey(request);
    if (sent === undefined || !timingSafeEqual(hash(sent), expected)) {
      throw new Problem(401, {
        detail: 'A valid API key is needed, in the header X-Api-Key or as Authorization: Bearer.',
        headers: { 'www-authenticate': 'Bearer realm="query-api"' },
      });
    }
    next();
  };
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function sentKey(request: Request): string | undefined {
  return request.get('x-api-key') ?? /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
}
