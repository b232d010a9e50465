import { expect, test } from 'vitest';
import { describeDatabase, describeQueue } from '../view/describe-data.ts';
import { readMember } from './database-figures.ts';
import { parseExposition } from './parse-exposition.ts';
import { mergeQueues, readQueues } from './queue-figures.ts';

const samplesOf = (text: string) => parseExposition(text).samples;

/** As Patroni 4.0 has it at /metrics. */
const member = (name: string, isPrimary: boolean, position: number) => {
  const labels = `{scope="inventory-database",name="${name}"}`;
  return samplesOf(
    [
      `patroni_postgres_running${labels} 1`,
      `patroni_primary${labels} ${isPrimary ? 1 : 0}`,
      `patroni_sync_standby${labels} ${isPrimary ? 0 : 1}`,
      `patroni_xlog_location${labels} ${isPrimary ? position : 0}`,
      `patroni_xlog_replayed_location${labels} ${isPrimary ? 0 : position}`,
    ].join('\n'),
  );
};

test('a standby’s lag is what the leader has written and it has not replayed', () => {
  const members = [
    readMember('inventory-db-0', member('inventory-db-0', true, 5000)),
    readMember('inventory-db-1', member('inventory-db-1', false, 4000)),
  ].flatMap((one) => one ?? []);
  expect(describeDatabase('inventory-database', members, 2)).toEqual({
    name: 'inventory-database',
    tone: 'good',
    leader: 'inventory-db-0',
    standbys: [{ name: 'inventory-db-1', isSynchronous: true, lagBytes: 1000 }],
    missing: 0,
  });
});

test('a database that nobody leads is bad, one whose standby falls behind is busy', () => {
  const standby = readMember('db-1', member('db-1', false, 4000));
  expect(describeDatabase('database', standby ? [standby] : [], 2)).toMatchObject({ tone: 'bad' });
  const leader = readMember('db-0', member('db-0', true, 100_000_000));
  const both = [leader, standby].flatMap((one) => one ?? []);
  expect(describeDatabase('database', both, 2)).toMatchObject({ tone: 'busy' });
});

test('a member whose database doesn’t run is none', () => {
  expect(readMember('db-0', samplesOf('patroni_postgres_running{scope="a"} 0'))).toBeUndefined();
});

test('a queue is what its best informed broker says', () => {
  const text = (ready: number, consumers: number) =>
    [
      `rabbitmq_detailed_queue_messages_ready{vhost="/",queue="billing_queue"} ${ready}`,
      'rabbitmq_detailed_queue_messages_unacked{vhost="/",queue="billing_queue"} 2',
      `rabbitmq_detailed_queue_consumers{vhost="/",queue="billing_queue"} ${consumers}`,
    ].join('\n');
  const queues = mergeQueues([readQueues(samplesOf(text(0, 0))), readQueues(samplesOf(text(7, 1)))]);
  expect([...queues]).toEqual([['billing_queue', { ready: 7, unacknowledged: 2, consumers: 1 }]]);
});

test.each([
  ['billing_queue', 5, 1, 'good'],
  ['billing_queue', 5, 0, 'bad'],
  ['billing_queue', 0, 0, 'busy'],
  ['billing_queue.dead', 1, 0, 'bad'],
  ['billing_queue.dead', 0, 0, 'good'],
])('%s with %i messages and %i readers is %s', (name, ready, consumers, tone) => {
  expect(describeQueue(name, { ready, consumers, unacknowledged: 0 }).tone).toBe(tone);
});
