import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import pWaitFor from 'p-wait-for';
import pg from 'pg';
import type { DatabaseAddress } from '../dev/prepare-database.ts';

/** How fast orders were taken, and how fast they became rows. */
export interface OrderFigures {
  /** Answered by 202: the broker has them on disk. */
  confirmedPerSecond: number;
  /** Counted until the last of them was in the database. */
  storedPerSecond: number;
}

export interface OrderLoad {
  orders: number;
  connections: number;
}

/** An order as clients post it. */
export const order = JSON.stringify({ user_id: '22', number_of_items: '4', total_amount: '54557' });

const storeTimeoutMs = 60_000;

/**
 * Posts orders, over each connection one after the other, and waits for all of them to be rows.
 * @throws if one is not accepted, or does not become a row
 */
export async function measureOrders(
  gatewayUrl: string,
  database: DatabaseAddress,
  { orders, connections }: OrderLoad,
): Promise<OrderFigures> {
  const client = new pg.Client({ ...database, user: database.username, database: database.name });
  await client.connect();
  try {
    const before = await countOrders(client);
    const startedAt = performance.now();
    const result = await autocannon({
      url: `${gatewayUrl}/api/billing`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: order,
      connections,
      amount: orders,
    });
    const confirmedMs = performance.now() - startedAt;
    if (result['2xx'] !== orders)
      throw new Error(`${orders - result['2xx']} of ${orders} orders were not accepted`);
    await pWaitFor(async () => (await countOrders(client)) === before + orders, {
      interval: 20,
      timeout: storeTimeoutMs,
    });
    const storedMs = performance.now() - startedAt;
    return { confirmedPerSecond: (orders * 1000) / confirmedMs, storedPerSecond: (orders * 1000) / storedMs };
  } finally {
    await client.end();
  }
}

async function countOrders(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM orders');
  return Number(rows[0]?.count);
}

/** @returns the properties that the gateway gives its messages, so that the peer's are as large */
export function messageProperties() {
  return {
    messageId: randomUUID(),
    timestamp: Math.floor(Date.now() / 1000),
    contentType: 'application/json',
    headers: { 'x-request-id': randomUUID() },
    mandatory: true,
    persistent: true,
  };
}
