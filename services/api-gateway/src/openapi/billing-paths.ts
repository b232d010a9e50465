import { orderSchema } from 'service-contracts/order';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { idempotencyKeySchema } from '../billing/billing-routes.ts';
import { acceptedOrderSchema } from './answer-schemas.ts';
import { jsonAnswer, problemAnswers } from './answers.ts';

const order: ZodOpenApiOperationObject = {
  operationId: 'postOrder',
  tags: ['billing'],
  summary: 'Send an order to be billed',
  description:
    'Answered once the message broker has the order on disk; it is billed later, once. After a 503 or a broken ' +
    'connection the order may have been kept all the same: send it again under the same Idempotency-Key.',
  requestParams: {
    header: z.object({
      'Idempotency-Key': idempotencyKeySchema.optional().meta({
        description: "The order's identity, chosen by the client: equal ones are billed once",
        example: 'order-4711',
      }),
    }),
  },
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: orderSchema,
        examples: {
          numbers: { value: { user_id: 22, number_of_items: 4, total_amount: 54557.5 } },
          text: { value: { user_id: '22', number_of_items: '4', total_amount: '54557.50' } },
        },
      },
    },
  },
  responses: {
    202: jsonAnswer('The order is kept', acceptedOrderSchema),
    ...problemAnswers(400, 413, 415, 422, 429, 503),
  },
};

/** What the gateway puts on the billing queue. */
export const billingPaths: ZodOpenApiPathsObject = { '/api/billing': { post: order } };
