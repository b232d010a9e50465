import { createHmac, timingSafeEqual } from 'node:crypto';
import express, { type Request, Router } from 'express';
import { Problem } from 'service-runtime/http/problem';
import { z } from 'zod';
import { type Push, parsePush } from '../journeys/push.ts';

/** GitHub sends up to 25 MB, for pushes of thousands of files; ours name 1000 at most. */
const limit = '5mb';

/**
 * `POST /hooks/push`: whoever keeps the repository tells of a push, in the form of GitHub's push event, signed as
 * GitHub signs it.
 * Source: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export function pushRoutes(secret: string, onPush: (push: Push) => void): Router {
  const router = Router();
  router.post('/hooks/push', express.raw({ type: 'application/json', limit }), (request, response) => {
    const body: unknown = request.body;
    if (!Buffer.isBuffer(body))
      throw new Problem(415, { detail: 'The body must be of type application/json.' });
    if (!isSigned(request, body, secret))
      throw new Problem(401, { detail: 'X-Hub-Signature-256 is missing or wrong.' });
    // GitHub asks with another event whether anybody is there.
    const push = request.get('x-github-event') === 'push' ? readPush(body) : undefined;
    if (push) onPush(push);
    response.status(204).end();
  });
  return router;
}

function isSigned(request: Request, body: Buffer, secret: string): boolean {
  const sent = Buffer.from(request.get('x-hub-signature-256') ?? '');
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

function readPush(body: Buffer): Push | undefined {
  try {
    return parsePush(JSON.parse(body.toString()));
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError)
      throw new Problem(422, { detail: 'The body is no push event.', cause: error });
    throw error;
  }
}
