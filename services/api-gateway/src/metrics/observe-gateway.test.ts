import type { ServerResponse } from 'node:http';
import { Registry } from 'prom-client';
import { createLogger } from 'service-runtime/logging/create-logger';
import { Pool } from 'undici';
import { expect, test, vi } from 'vitest';
import { createOrderPublisher } from '../billing/order-publisher.ts';
import { useUpstreams } from '../testing/use-upstreams.ts';
import { observeGateway } from './observe-gateway.ts';

const upstreams = useUpstreams();

test('metrics tell of connections to services behind, and of orders that wait', async () => {
  const responses: ServerResponse[] = [];
  const pool = new Pool(await upstreams.http((_request, response) => void responses.push(response)), {
    connections: 2,
  });
  const logger = createLogger({ service: 'test', version: '0', level: 'silent' });
  const publisher = createOrderPublisher({ queueName: 'test', timeoutMs: 500 }, logger);
  const registry = new Registry();
  observeGateway(registry, { 'inventory-app': pool }, publisher);
  const order = { user_id: 1, number_of_items: 1, total_amount: '1' };

  const requests = [1, 2, 3].map(() => pool.request({ path: '/', method: 'GET' }));
  const published = publisher.publish(order, { messageId: '1', requestId: '1' }).catch(() => undefined);
  await vi.waitFor(() => expect(responses.length).toBe(2), { timeout: 5000 });

  const text = await registry.metrics();
  expect(text).toContain('upstream_pool_connections{upstream="inventory-app",state="used"} 2\n');
  expect(text).toContain('upstream_pool_connections{upstream="inventory-app",state="waiting"} 1\n');
  expect(text).toContain('orders_waiting 1\n');
  await published;
  expect(await registry.metrics()).toContain('orders_waiting 0\n');
  for (const response of responses) response.end();
  await vi.waitFor(() => expect(responses.length).toBe(3), { timeout: 5000 });
  responses[2]?.end();
  for (const request of requests) await (await request).body.dump();
  await pool.close();
});
