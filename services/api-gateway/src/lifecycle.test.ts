import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type BrokerClient, openBrokerClient } from './testing/broker-client.ts';
import { type GatewayProcess, useGatewayProcesses } from './testing/gateway-process.ts';
import { order, untilReady } from './testing/requests.ts';
import { readBody, useUpstreams } from './testing/use-upstreams.ts';

const upstreams = useUpstreams();
const startGatewayProcess = useGatewayProcesses();
const queueName = `lifecycle_test_${randomUUID()}`;

let broker: BrokerClient;

beforeAll(async () => {
  broker = await openBrokerClient(inject('rabbitmq'));
});

afterAll(async () => {
  await broker.deleteQueues(queueName);
  await broker.close();
});

/** Starts a gateway as a process, before an inventory whose movie `slow` takes longer than the gateway's delay. */
async function start(): Promise<GatewayProcess> {
  const inventoryAppUrl = await upstreams.http(async (received, response) => {
    if (received.url === '/api/movies/slow') {
      response.write('[');
      await sleep(3000);
      response.end(']');
    } else {
      response.end('[]');
    }
  });
  const gateway = await startGatewayProcess({
    program: join(import.meta.dirname, 'main.ts'),
    broker: inject('rabbitmq'),
    environment: {
      INVENTORY_APP_URL: inventoryAppUrl,
      BILLING_QUEUE: queueName,
      SHUTDOWN_DELAY_MS: '1500',
    },
  });
  await untilReady(gateway.url);
  return gateway;
}

async function ask(agent: Agent, url: string, messageId?: string): Promise<number | undefined> {
  const sent =
    messageId === undefined
      ? request(`${url}/api/movies`, { agent }).end()
      : request(`${url}/api/billing`, {
          agent,
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': messageId },
        }).end(JSON.stringify(order));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  await readBody(response);
  return response.statusCode;
}

test('SIGTERM under load: no request fails, each confirmed order is on the queue once, and the process exits with 0', async () => {
  const [first, second] = await Promise.all([start(), start()]);
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const statuses: Record<string, number> = {};
  const confirmed: string[] = [];
  let target = first;
  let isOver = false;
  const client = async (_: unknown, name: number) => {
    for (let count = 0; !isOver; count += 1) {
      const id = `${name}-${count}`;
      const movies = await ask(agent, target.url);
      const billing = await ask(agent, target.url, id);
      if (billing === 202) confirmed.push(id);
      await sleep(5);
      for (const status of [movies, billing]) statuses[`${status}`] = (statuses[`${status}`] ?? 0) + 1;
    }
  };
  const clients = Promise.all(Array.from({ length: 20 }, client));
  await sleep(1000);

  const slow = fetch(`${first.url}/api/movies/slow`);
  const atSignal = confirmed.length;
  await sleep(100);
  const signalledAt = performance.now();
  first.kill('SIGTERM');
  // As the nodes of a cluster do, the clients learn of it a little later.
  await sleep(500);
  target = second;
  expect(await (await slow).text()).toBe('[]');
  const code = await first.exited;
  // Much less than the timeout of 15 s, after which what is left is cut off.
  expect(performance.now() - signalledAt).toBeLessThan(12_000);
  await sleep(500);
  isOver = true;
  await clients;
  agent.destroy();
  second.kill('SIGTERM');

  expect(code).toBe(0);
  expect(await second.exited).toBe(0);
  expect(Object.keys(statuses).toSorted()).toEqual(['200', '202']);
  expect(atSignal).toBeGreaterThan(50);
  expect(confirmed.length).toBeGreaterThan(atSignal + 50);
  const queued = (await broker.takeAll(queueName)).map(({ properties }) => String(properties.messageId));
  expect(queued.toSorted()).toEqual(confirmed.toSorted());
  expect([...first.logged, ...second.logged].filter(({ level }) => level === 'error')).toEqual([]);
});

test('SIGTERM while the broker is away ends the gateway all the same', async () => {
  const gateway = await startGatewayProcess({
    program: join(import.meta.dirname, 'main.ts'),
    broker: { ...inject('rabbitmq'), port: 1 },
    environment: { PUBLISH_TIMEOUT_MS: '1000' },
  });
  const agent = new Agent({ keepAlive: true });
  const waiting = ask(agent, gateway.url, 'waiting');
  await sleep(200);

  gateway.kill('SIGTERM');

  expect(await waiting).toBe(503);
  expect(await gateway.exited).toBe(0);
  agent.destroy();
});
