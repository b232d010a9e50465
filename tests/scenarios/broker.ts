import { describe, expect, test } from 'vitest';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { startOrders } from '../support/steady-orders.ts';

const BROKERS = ['--namespace=movies', '--selector=app.kubernetes.io/name=rabbitmq'];
const READY_TIMEOUT_MS = 60_000;

/** A member of a queue, as `rabbitmq-queues quorum_status` tells it. */
interface QueueMember {
  readonly 'Node Name': string;
  readonly 'Raft State': string;
}

/** The broker is three, and stays one: with a member killed, and with a member that has lost its volume. */
export function describeBroker(cluster: ClusterUnderTest): void {
  const listMembers = async (): Promise<readonly QueueMember[]> => {
    const question = ['rabbitmq-queues', 'quorum_status', 'billing_queue', '--formatter=json', '--quiet'];
    for (const pod of ['rabbitmq-0', 'rabbitmq-1', 'rabbitmq-2']) {
      const answer = await cluster.kubectl('exec', pod, '--', ...question).catch(() => '');
      if (answer.startsWith('[')) return JSON.parse(answer);
    }
    throw new Error('no broker tells of the queue');
  };
  const untilWhole = async (what: string) =>
    await eventually({ description: what, timeoutMs: READY_TIMEOUT_MS, intervalMs: 1000 }, async () => {
      const ready = await cluster.kubectl(
        'get',
        'statefulset',
        'rabbitmq',
        '-o',
        'jsonpath={.status.readyReplicas}',
      );
      if (ready !== '3') return false;
      const voting = (await listMembers()).filter((one) => /leader|follower/.test(one['Raft State']));
      return voting.length === 3;
    });

  describe('the broker', () => {
    test('has three members, on both machines', async () => {
      const nodes = await cluster.kubectl(
        'get',
        'pods',
        ...BROKERS,
        '-o',
        'jsonpath={.items[*].spec.nodeName}',
      );
      expect(nodes.split(' ').toSorted()).toEqual(
        nodes.includes('agent agent') ? ['agent', 'agent', 'master'] : ['agent', 'master', 'master'],
      );
    });

    test('keeps the billing queue on each of them', async () => {
      await untilWhole('a queue with three members');
      const names = (await listMembers()).map((member) => member['Node Name']);
      expect(new Set(names).size).toBe(3);
    });

    test('loses no accepted order when the queue’s leader is killed', { timeout: 90_000 }, async () => {
      const orders = startOrders(`http://${cluster.masterAddress}:3000`, { pauseMs: 50, maximumMs: 60_000 });
      await eventually(
        { description: 'accepted orders', timeoutMs: 10_000 },
        async () => orders.accepted.length > 20,
      );
      const leader = (await listMembers()).find((member) => member['Raft State'] === 'leader');
      const pod = leader?.['Node Name'].match(/@(rabbitmq-\d)\./)?.[1] ?? '';
      await cluster.kubectl('delete', 'pod', pod, '--force', '--grace-period=0');
      const before = orders.accepted.length;
      await eventually(
        { description: 'orders accepted again', timeoutMs: 30_000 },
        async () => orders.accepted.length > before + 20,
      );
      await untilWhole('the killed member');
      await orders.stop();
      const ids = async () => {
        const sql = `SELECT user_id FROM orders WHERE user_id >= ${orders.firstId}`;
        const query = [
          'exec',
          'billing-db-0',
          '-c',
          'postgres',
          '--',
          'psql',
          '-U',
          'postgres',
          '-d',
          'billing',
          '-Atc',
        ];
        return (await cluster.kubectl(...query, sql)).trim().split('\n').map(Number);
      };
      const { value: written } = await eventually(
        { description: 'all orders as rows', timeoutMs: 20_000 },
        async () => {
          const found = await ids();
          return orders.accepted.every((id) => found.includes(id)) && found;
        },
      );
      expect(written.length, 'orders are written once').toBe(new Set(written).size);
    });

    test('takes back a member that has lost its volume', { timeout: 90_000 }, async () => {
      await cluster.kubectl('delete', 'persistentvolumeclaim', 'data-rabbitmq-2', '--wait=false');
      await cluster.kubectl('delete', 'pod', 'rabbitmq-2', '--force', '--grace-period=0');
      await eventually({ description: 'a new claim', timeoutMs: 30_000 }, async () => {
        const claim = [
          'get',
          'persistentvolumeclaim',
          'data-rabbitmq-2',
          '-o',
          'jsonpath={.metadata.deletionTimestamp}',
        ];
        return (await cluster.kubectl(...claim)) === '';
      });
      await untilWhole('the new member');
    });
  });
}
