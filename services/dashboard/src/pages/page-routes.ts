import express, { type RequestHandler } from 'express';

/**
 * What the page may load and do: its own files and its own events, and nothing else. Charts and bars set their styles
 * by script, which no policy forbids.
 * Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Tells browsers what they may do with an answer: of the page, and of everything else, refusals as well. */
export const protect: RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
  next();
};

/** The page and its files. */
export function pageRoutes(webFolder: string): RequestHandler {
  return express.static(webFolder, { cacheControl: false });
}
