import { randomUUID } from 'node:crypto';
import { type Request, Router } from 'express';
import { orderSchema } from 'service-contracts/order';
import { Problem } from 'service-runtime/http/problem';
import { readJsonBody } from 'service-runtime/http/read-json-body';
import { refuseOtherMethods } from 'service-runtime/http/refuse-other-methods';
import { validate } from 'service-runtime/http/validate';
import { z } from 'zod';
import type { OrderPublisher } from './order-publisher.ts';

/** What a client may name an order by. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'Idempotency-Key must be 1 to 200 visible ASCII characters.');

/** Routes of orders: `POST /billing` answers 202 once the order is kept, and 503 if that can't be said. */
export function billingRoutes(publisher: OrderPublisher): Router {
  const router = Router();
  router
    .route('/billing')
    .post(...readJsonBody, async (request, response) => {
      const order = validate(orderSchema, request.body, 'body');
      const messageId = messageIdOf(request);
      await publisher.publish(order, { messageId, requestId: String(request.id) });
      response.status(202).json({ status: 'accepted', message_id: messageId });
    })
    .all(refuseOtherMethods('POST'));
  return router;
}

/**
 * @returns the identity that the client gave the order by the header Idempotency-Key, or a new one. Who was answered
 *   503 sends the order again under the same key, and it is billed once whether or not the first got through.
 * @throws Problem 400 if the key can't be one
 */
function messageIdOf(request: Request): string {
  const key = request.get('idempotency-key');
  if (key === undefined) return randomUUID();
  const { data, error } = idempotencyKeySchema.safeParse(key);
  if (error) throw new Problem(400, { detail: error.issues.map(({ message }) => message).join(' ') });
  return data;
}
