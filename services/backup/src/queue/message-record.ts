import { createHash } from 'node:crypto';
import type { ConsumeMessage, Options } from 'amqplib';
import { z } from 'zod';

/** A message as a line of JSON in the archive. */
const recordSchema = z.strictObject({
  queue: z.string(),
  /** Base64. */
  content: z.base64(),
  properties: z.record(z.string(), z.unknown()),
});

export type MessageRecord = z.infer<typeof recordSchema>;

/** What a publisher may set, and the broker hands on. Not the user id: the broker takes only its sender's own. */
const keptProperties = [
  'contentType',
  'contentEncoding',
  'headers',
  'deliveryMode',
  'priority',
  'correlationId',
  'replyTo',
  'expiration',
  'messageId',
  'timestamp',
  'type',
  'appId',
] as const;

/** Headers that the broker adds at each delivery. */
const brokerHeaders = ['x-delivery-count', 'x-acquired-count'];

/** @returns one line of JSON, without its end */
export function formatRecord(queue: string, message: ConsumeMessage): string {
  const properties = Object.fromEntries(
    keptProperties.map((name) => [name, message.properties[name] as unknown]),
  );
  const headers = Object.entries(message.properties.headers ?? {});
  properties.headers = Object.fromEntries(headers.filter(([name]) => !brokerHeaders.includes(name)));
  const record: MessageRecord = { queue, content: message.content.toString('base64'), properties };
  return JSON.stringify(record);
}

/** @throws ZodError or SyntaxError for a line that formatRecord didn't write */
export function parseRecord(line: string): MessageRecord {
  const revive = (_: string, value: unknown) => (isBuffer(value) ? Buffer.from(value.data) : value);
  return recordSchema.parse(JSON.parse(line, revive));
}

/** @returns how to publish the message again, so that it survives and the broker tells if it has no queue for it */
export function publishOptions({ properties }: MessageRecord): Options.Publish {
  const options: Record<string, unknown> = { mandatory: true, persistent: true };
  for (const name of keptProperties) if (properties[name] !== undefined) options[name] = properties[name];
  return options;
}

/** What tells a message from another: its id and its content. */
export function identityOf(messageId: unknown, content: Buffer): string {
  return createHash('sha256')
    .update(JSON.stringify(messageId ?? null))
    .update(content)
    .digest('base64');
}

/** How JSON has a header of bytes. */
function isBuffer(value: unknown): value is { data: number[] } {
  return z.strictObject({ type: z.literal('Buffer'), data: z.array(z.int()) }).safeParse(value).success;
}
