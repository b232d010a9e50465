import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type BrokerClient, openBrokerClient } from '../testing/broker-client.ts';
import { order, postJson } from '../testing/requests.ts';
import { useGateways } from '../testing/use-gateways.ts';

const queueName = `gateway_test_${randomUUID()}`;
const start = useGateways({
  broker: { ...inject('rabbitmq'), connectionName: 'test' },
  billingQueue: queueName,
});

let broker: BrokerClient;

beforeAll(async () => {
  broker = await openBrokerClient(inject('rabbitmq'));
});

afterAll(async () => {
  await broker.deleteQueues(queueName);
  await broker.close();
});

test.each(['/billing', '/billing/', '/api/billing', '/api/billing/'])(
  '%s puts an order on the queue and answers 202',
  async (path) => {
    const response = await postJson(`${await start()}${path}`, order, { 'x-request-id': 'request-1' });

    expect(response.status).toBe(202);
    const answer = (await response.json()) as { status: string; message_id: string };
    expect(answer.status).toBe('accepted');
    const { content, properties } = await broker.take(queueName);
    expect(JSON.parse(content.toString())).toEqual({
      user_id: 22,
      number_of_items: 4,
      total_amount: '54557',
    });
    expect(properties).toMatchObject({
      messageId: answer.message_id,
      deliveryMode: 2,
      contentType: 'application/json',
      correlationId: 'request-1',
      headers: { 'x-request-id': 'request-1' },
    });
  },
);

test('takes numbers as well as numeric text', async () => {
  const response = await postJson(`${await start()}/billing`, {
    user_id: 1,
    number_of_items: 2,
    total_amount: 3.25,
  });

  expect(response.status).toBe(202);
  expect(JSON.parse((await broker.take(queueName)).content.toString())).toEqual({
    user_id: 1,
    number_of_items: 2,
    total_amount: '3.25',
  });
});

test('identifies an order by its Idempotency-Key', async () => {
  const response = await postJson(`${await start()}/billing`, order, { 'idempotency-key': 'order-4711' });

  expect(await response.json()).toMatchObject({ message_id: 'order-4711' });
  expect((await broker.take(queueName)).properties.messageId).toBe('order-4711');
});

test.each(['', 'with blank', 'x'.repeat(201)])('refuses the Idempotency-Key "%s" with 400', async (key) => {
  expect((await postJson(`${await start()}/billing`, order, { 'idempotency-key': key })).status).toBe(400);
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
  const response = await postJson(`${await start()}/billing`, body);

  expect(response.status).toBe(422);
  const { errors } = (await response.json()) as { errors: { pointer: string }[] };
  expect(errors.map(({ pointer }) => pointer)).toEqual(pointers);
});

test('refuses other types and methods', async () => {
  const url = await start();

  expect((await postJson(`${url}/billing`, order, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await fetch(`${url}/billing`)).headers.get('allow')).toBe('POST');
});

test('declares the queue again after somebody deleted it, and loses no order', async () => {
  const url = await start();
  expect((await postJson(`${url}/billing`, order)).status).toBe(202);
  await broker.channel.deleteQueue(queueName);

  const response = await postJson(`${url}/billing`, order, { 'idempotency-key': 'again' });

  expect(response.status).toBe(202);
  expect((await broker.take(queueName)).properties.messageId).toBe('again');
});
