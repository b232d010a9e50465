import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, inject } from 'vitest';
import { openBrokerClient } from './broker-client.ts';
import { untilReady } from './requests.ts';
import { type Received, type Sent, send } from './send.ts';
import { type Services, startServices } from './start-services.ts';
import { useGateways } from './use-gateways.ts';

/** A gateway with real services and a real broker behind it. */
export interface FuzzedGateway {
  /** @returns its address */
  url(): string;
  /** Sends, and fails on any answer that says that the gateway or a service behind it could not cope. */
  sendExpecting(statuses: readonly number[], sent: Sent): Promise<Received>;
}

/** What a malformed request may be refused with. */
export const refusals = [400, 413, 415, 422];

export const json = { 'content-type': 'application/json' };

export function useFuzzedGateway(): FuzzedGateway {
  const billingQueue = `fuzz_test_${randomUUID()}`;
  const start = useGateways({
    broker: { ...inject('rabbitmq'), connectionName: 'test' },
    billingQueue,
    upstreamTimeoutMs: 10_000,
    queryTimeoutMs: 10_000,
  });
  let services: Services;
  let url: string;
  beforeAll(async () => {
    services = await startServices(inject('postgres'));
  });
  beforeEach(async () => {
    url = await start({ ...services });
    await untilReady(url);
  });
  afterAll(async () => {
    await services.stop();
    const client = await openBrokerClient(inject('rabbitmq'));
    await client.deleteQueues(billingQueue);
    await client.close();
  });
  return {
    url: () => url,
    async sendExpecting(statuses, sent) {
      const received = await send(url, sent);
      expectWellFormed(statuses, sent, received);
      return received;
    },
  };
}

function expectWellFormed(
  statuses: readonly number[],
  sent: Sent,
  { status, headers, text }: Received,
): void {
  expect(statuses, `${sent.method} ${sent.path}: ${text.slice(0, 200)}`).toContain(status);
  // What Node can't parse it refuses by itself, without a body.
  if (status === 400 && text === '' && headers.connection === 'close') return;
  expect(headers['x-request-id']).toMatch(/^[\w.:-]{1,100}$/);
  if (status < 400 || sent.method === 'HEAD') return;
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(JSON.parse(text)).toMatchObject({ status });
}
