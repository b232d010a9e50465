import express, { type Request, type RequestHandler } from 'express';
import { Problem } from './problem.ts';

const limit = '100kb';
const types = ['json', '+json'];

/** Middleware that parses a JSON body into request.body: 415 for another type, 413 over 100 kB, 400 if malformed. */
export const readJsonBody: readonly RequestHandler[] = [
  (request, _response, next) => {
    // No body at all is for validation to refuse, which says what is missing.
    if (hasBody(request) && !request.is(types)) {
      throw new Problem(415, {
        detail: 'The body must be of type application/json.',
        headers: { accept: 'application/json' },
      });
    }
    next();
  },
  express.json({ limit, type: types }),
];

function hasBody({ headers }: Request): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}
