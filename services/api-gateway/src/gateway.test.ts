import { randomUUID } from 'node:crypto';
import { type ChannelModel, type ConfirmChannel, connect, type GetMessage } from 'amqplib';
import { deadLetterQueueName } from 'service-contracts/billing-queue';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { createLogger } from 'service-runtime/logging/create-logger';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type RabbitmqAddress, startRabbitmq } from '../../backends/start-rabbitmq.ts';
import type { Config } from './config.ts';
import { startGateway } from './server.ts';

const logger = createLogger({ service: 'api-gateway', version: '0', level: 'silent' });
const order = { user_id: '22', number_of_items: '4', total_amount: '54557' };
const patience = { timeout: 30_000, interval: 50 };
const queueName = `gateway_test_${randomUUID()}`;

const services: RunningService[] = [];

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

async function start(changes: Partial<Config> = {}): Promise<string> {
  const service = await startGateway(
    {
      port: 0,
      metricsPort: 0,
      logLevel: 'silent',
      shutdownDelayMs: 0,
      shutdownTimeoutMs: 5000,
      welcomeMessage: 'Hello',
      inventoryAppUrl: 'http://127.0.0.1:1',
      billingAppUrl: 'http://127.0.0.1:1',
      upstreamTimeoutMs: 1000,
      broker: { ...inject('rabbitmq'), connectionName: 'test' },
      billingQueue: queueName,
      publishTimeoutMs: 5000,
      brokerGraceMs: 60_000,
      ...changes,
    },
    logger,
  );
  services.push(service);
  return `http://127.0.0.1:${service.port}`;
}

async function untilReady(url: string, status = 200): Promise<unknown> {
  return await vi.waitFor(async () => {
    const response = await fetch(`${url}/ready`);
    expect(response.status).toBe(status);
    return await response.json();
  }, patience);
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

describe('index', () => {
  test.each(['', '/', '/api', '/api/'])(
    'at "%s" says who answers, the message that is configured, and where to go',
    async (path) => {
      const response = await fetch(`${await start({ welcomeMessage: 'My first deploy' })}${path}`);

      expect(await response.json()).toEqual({
        name: 'api-gateway',
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        message: 'My first deploy',
        links: { movies: '/api/movies', billing: '/api/billing', health: '/api/health' },
      });
    },
  );

  test('unknown path answers 404', async () => {
    const url = await start();

    for (const path of ['/nothing', '/api/nothing', '/movies/1/2', '/api/api/movies']) {
      expect((await fetch(`${url}${path}`)).status).toBe(404);
    }
  });
});

describe('billing', () => {
  let connection: ChannelModel;
  let channel: ConfirmChannel;

  beforeAll(async () => {
    ({ connection, channel } = await openChannel(inject('rabbitmq')));
  });

  afterAll(async () => {
    await channel.deleteQueue(queueName);
    await channel.deleteQueue(deadLetterQueueName(queueName));
    await connection.close();
  });

  async function openChannel({
    host: hostname,
    port,
    username,
    password,
    virtualHost: vhost,
  }: RabbitmqAddress) {
    const opened = await connect({ hostname, port, username, password, vhost });
    opened.on('error', () => undefined);
    return { connection: opened, channel: await opened.createConfirmChannel() };
  }

  async function take(from = channel): Promise<GetMessage> {
    const message = await from.get(queueName, { noAck: true });
    if (message === false) throw new Error('the queue is empty');
    return message;
  }

  test.each(['/billing', '/billing/', '/api/billing', '/api/billing/'])(
    '%s puts an order on the queue and answers 202',
    async (path) => {
      const response = await post(`${await start()}${path}`, order, { 'x-request-id': 'request-1' });

      expect(response.status).toBe(202);
      const answer = (await response.json()) as { status: string; message_id: string };
      expect(answer.status).toBe('accepted');
      const { content, properties } = await take();
      expect(JSON.parse(content.toString())).toEqual({
        user_id: 22,
        number_of_items: 4,
        total_amount: '54557',
      });
      expect(properties).toMatchObject({
        messageId: answer.message_id,
        deliveryMode: 2,
        contentType: 'application/json',
        headers: { 'x-request-id': 'request-1' },
      });
    },
  );

  test('takes numbers as well as numeric text', async () => {
    const response = await post(`${await start()}/billing`, {
      user_id: 1,
      number_of_items: 2,
      total_amount: 3.25,
    });

    expect(response.status).toBe(202);
    expect(JSON.parse((await take()).content.toString())).toEqual({
      user_id: 1,
      number_of_items: 2,
      total_amount: '3.25',
    });
  });

  test('identifies an order by its Idempotency-Key', async () => {
    const response = await post(`${await start()}/billing`, order, { 'idempotency-key': 'order-4711' });

    expect(await response.json()).toMatchObject({ message_id: 'order-4711' });
    expect((await take()).properties.messageId).toBe('order-4711');
  });

  test.each(['', 'with blank', 'x'.repeat(201)])('refuses the Idempotency-Key "%s" with 400', async (key) => {
    expect((await post(`${await start()}/billing`, order, { 'idempotency-key': key })).status).toBe(400);
  });

  test.each([
    ['no fields', {}, ['#/user_id', '#/number_of_items', '#/total_amount']],
    ['no object', [], ['#']],
    ['text that is no number', { ...order, user_id: 'twenty' }, ['#/user_id']],
    ['hexadecimal', { ...order, user_id: '0x10' }, ['#/user_id']],
    ['blanks', { ...order, user_id: ' 1 ' }, ['#/user_id']],
    ['a fraction of an item', { ...order, number_of_items: 1.5 }, ['#/number_of_items']],
    ['no items', { ...order, number_of_items: 0 }, ['#/number_of_items']],
    ['more items than fit', { ...order, number_of_items: '2147483648' }, ['#/number_of_items']],
    ['a negative amount', { ...order, total_amount: '-1' }, ['#/total_amount']],
    ['an amount with an exponent', { ...order, total_amount: 1e21 }, ['#/total_amount']],
    ['an amount that is no number', { ...order, total_amount: 'NaN' }, ['#/total_amount']],
    [
      'null',
      { user_id: null, number_of_items: null, total_amount: null },
      ['#/user_id', '#/number_of_items', '#/total_amount'],
    ],
  ])('refuses %s with 422 that names each field', async (_condition, body, pointers) => {
    const response = await post(`${await start()}/billing`, body);

    expect(response.status).toBe(422);
    const { errors } = (await response.json()) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  test('refuses other types and methods', async () => {
    const url = await start();

    expect((await post(`${url}/billing`, order, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await fetch(`${url}/billing`)).headers.get('allow')).toBe('POST');
  });

  test('declares the queue again after somebody deleted it, and loses no order', async () => {
    const url = await start();
    expect((await post(`${url}/billing`, order)).status).toBe(202);
    await channel.deleteQueue(queueName);

    const response = await post(`${url}/billing`, order, { 'idempotency-key': 'again' });

    expect(response.status).toBe(202);
    expect((await take()).properties.messageId).toBe('again');
  });

  test('while the broker is away: not ready before the first connection, 503 for orders, all well when it is back', async () => {
    const broker = await startRabbitmq();
    await broker.kill();
    try {
      const url = await start({ broker: { ...broker, connectionName: 'test' }, publishTimeoutMs: 300 });
      expect(await untilReady(url, 503)).toMatchObject({ status: 'not ready' });
      const refused = await post(`${url}/billing`, order);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('2');
      expect(await refused.json()).toMatchObject({ detail: 'The order could not be stored now.' });

      await broker.restart();
      await untilReady(url);
      expect((await post(`${url}/billing`, order, { 'idempotency-key': 'kept' })).status).toBe(202);

      await broker.kill();
      await vi.waitFor(async () => expect((await post(`${url}/billing`, order)).status).toBe(503), patience);
      // It stays in service all the same, for the sake of the movies.
      await untilReady(url);
      await broker.restart();
      await vi.waitFor(
        async () =>
          expect((await post(`${url}/billing`, order, { 'idempotency-key': 'late' })).status).toBe(202),
        patience,
      );

      const opened = await openChannel(broker);
      expect((await take(opened.channel)).properties.messageId).toBe('kept');
      expect((await take(opened.channel)).properties.messageId).toBe('late');
      await expect(take(opened.channel)).rejects.toThrow('the queue is empty');
      await opened.connection.close();
    } finally {
      for (const service of services.splice(0)) await service.stop();
      await broker.stop();
    }
  });

  test('becomes ready without a broker once the grace is over', async () => {
    const url = await start({
      broker: { ...inject('rabbitmq'), port: 1, connectionName: 'test' },
      brokerGraceMs: 100,
    });

    await untilReady(url);
  });
});
