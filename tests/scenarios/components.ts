import { describe, expect, test } from 'vitest';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';

const JSON_HEADERS = { 'Content-Type': 'application/json' };

/** What a person does first: the requests of the README, on both machines. */
export function describeComponents(cluster: ClusterUnderTest): void {
  describe.each(['master', 'agent'] as const)('the components, asked at the %s’s address', (machine) => {
    const address = machine === 'master' ? cluster.masterAddress : cluster.agentAddress;
    const gateway = `http://${address}:3000`;

    test('keep a movie', async () => {
      const movie = { title: `TOP GUN of ${machine}`, description: 'Story of a fighter pilot' };
      const body = JSON.stringify(movie);
      const added = await fetch(`${gateway}/movies/`, { method: 'POST', headers: JSON_HEADERS, body });
      expect(added.status).toBe(201);
      const movies = await fetch(`${gateway}/movies`);
      expect(await movies.json()).toContainEqual(expect.objectContaining(movie));
    });

    test('write an order into the billing database', async () => {
      const total = machine === 'master' ? '54557' : '54558';
      const body = JSON.stringify({ user_id: '22', number_of_items: '4', total_amount: total });
      const accepted = await fetch(`${gateway}/billing`, { method: 'POST', headers: JSON_HEADERS, body });
      expect(accepted.status).toBe(202);
      const query = ['exec', 'billing-db-0', '--', 'psql', '-U', 'postgres', '-d', 'billing', '-c'];
      await eventually({ description: 'the order as a row', timeoutMs: 20_000 }, async () =>
        (await cluster.kubectl(...query, 'SELECT * FROM orders;')).includes(total),
      );
    });

    test('are all up, by name', async () => {
      const health = await (await fetch(`${gateway}/api/health`)).json();
      expect(health).toMatchObject({ status: 'ok', dependencies: { rabbitmq: { status: 'up' } } });
    });
  });

  describe('kubectl, with the merged kubeconfig', () => {
    test('shows two nodes that are Ready', async () => {
      const nodes = (await cluster.kubectl('get', 'nodes', '--no-headers')).trim().split('\n');
      expect(nodes).toHaveLength(2);
      for (const node of nodes) expect(node).toMatch(/^(master|agent) +Ready /);
    });

    test('shows the load of pods', async () => {
      await eventually({ description: 'figures of api-gateway', timeoutMs: 60_000 }, async () =>
        (await cluster.kubectl('top', 'pods')).includes('api-gateway'),
      );
    });

    test('shows the kinds, scales and volumes that the design asks for', async () => {
      const list = async (kind: string) => await cluster.kubectl('get', kind, '--no-headers');
      const deployments = await list('deployments');
      expect(deployments).toMatch(/api-gateway/);
      expect(deployments).toMatch(/inventory-app/);
      expect(deployments).toMatch(/query-api/);
      for (const name of ['billing-app', 'inventory-db', 'billing-db', 'rabbitmq']) {
        expect(await list('statefulsets')).toContain(name);
      }
      const autoscalers = await list('horizontalpodautoscalers');
      expect(autoscalers).toMatch(/api-gateway .*60% +1 +3 /);
      expect(autoscalers).toMatch(/inventory-app .*60% +1 +3 /);
      expect(await list('persistentvolumeclaims')).toMatch(/billing-db-0 +Bound .*local-path/);
    });

    test('finds no image that is latest or unpinned', async () => {
      const images = await cluster.kubectl('get', 'pods', '--all-namespaces', '-o', 'jsonpath={..image}');
      for (const image of images.split(/\s+/)) expect(image).toMatch(/(:[\w.-]+$|@sha256:|^sha256:)/);
      expect(images).not.toContain(':latest');
    });
  });
}
