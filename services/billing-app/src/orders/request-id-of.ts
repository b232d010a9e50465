import type { ConsumeMessage } from 'amqplib';
import { isRequestId, requestIdHeader } from 'service-runtime/http/log-requests';

/** @returns the id of the request that an order came by; undefined where there is none that is harmless to log */
export function requestIdOf({ properties }: ConsumeMessage): string | undefined {
  const id: unknown = properties.headers?.[requestIdHeader];
  return isRequestId(id) ? id : undefined;
}
