import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ObjectStore } from '../cluster/cluster-objects.ts';
import { createPod, type PodOptions } from '../testing/objects.ts';
import { countAnswers } from './first-answers.ts';
import { createScrapedMetrics } from './scraped-metrics.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** @param text what it says; without one it says nothing, as what a NetworkPolicy keeps away */
async function listen(text?: string): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (text !== undefined) response.end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, asked };
}

const podOf = (options: Omit<PodOptions, 'hash'>) =>
  createPod({ hash: 'a1', address: '127.0.0.1', ...options });

test('only those are asked whose figures are shown', async () => {
  const service = await listen('# TYPE http_request_duration_seconds histogram\n');
  const broker = await listen('rabbitmq_detailed_queue_messages_ready{queue="billing_queue"} 3\n');
  const member = await listen('patroni_postgres_running 1\npatroni_primary 1\n');
  const other = await listen();
  const objects = new ObjectStore();
  for (const pod of [
    podOf({ component: 'api-gateway', metricsPort: service.port }),
    podOf({ component: 'rabbitmq', ports: [{ name: 'metrics', containerPort: broker.port }] }),
    podOf({ component: 'billing-database', ports: [{ name: 'patroni', containerPort: member.port }] }),
    podOf({ component: 'node-exporter', ports: [{ name: 'metrics', containerPort: other.port }] }),
  ])
    objects.apply({ type: 'applied', kind: 'Pod', object: pod });
  const { queues, databases } = await createScrapedMetrics(objects).read();
  expect([...queues.keys(), ...databases.keys()]).toEqual(['billing_queue', 'billing-database']);
  expect(service.asked).toEqual(['/metrics']);
  expect(broker.asked).toEqual([expect.stringContaining('/metrics/detailed?')]);
  expect(other.asked).toEqual([]);
});

test('what runs on every node is not waited for to answer requests', async () => {
  const { port, asked } = await listen();
  const ports = [{ name: 'metrics', containerPort: port }];
  expect(await countAnswers(podOf({ component: 'log-collector', ports }))).toBeUndefined();
  expect(asked).toEqual([]);
});
