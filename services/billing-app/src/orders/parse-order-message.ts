import type { ConsumeMessage } from 'amqplib';
import { orderSchema } from 'service-contracts/order';
import type { IdentifiedOrder } from './order-repository.ts';

/** What a message turned out to be: an order, or something that never will be one, and why. */
export type ParsedMessage = { order: IdentifiedOrder } | { reason: string };

/** Reads an order out of a message. Never throws: a queue must not stop at a malformed message. */
export function parseOrderMessage({ content, properties }: ConsumeMessage): ParsedMessage {
  const messageId: unknown = properties.messageId;
  if (typeof messageId !== 'string' || messageId === '') {
    return { reason: 'the message has no message id, so it could not be told from a second delivery' };
  }
  if (messageId.includes('\u0000')) return { reason: 'the message id has a character U+0000' };
  let body: unknown;
  try {
    body = JSON.parse(content.toString('utf8'));
  } catch (error) {
    return { reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const result = orderSchema.safeParse(body);
  if (result.success) return { order: { ...result.data, messageId } };
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'} ${message}`);
  return { reason: `not an order: ${problems.join('; ')}` };
}
