import { BILLING, findMembers, INVENTORY, runSql } from '../cluster/databases.ts';
import type { FaultCluster } from '../cluster/fault-cluster.ts';
import type { Load } from '../load/load.ts';
import type { SentWrite } from '../load/request.ts';
import type { StoredWrite } from './compare-writes.ts';

/** The rows that a load's writes left, read from the leaders themselves and not through the services. */
export async function readStoredMovies(cluster: FaultCluster, load: Load): Promise<readonly StoredWrite[]> {
  const { leader } = await findMembers(cluster, INVENTORY);
  const range = rangeOf(load.movies);
  if (!range) return [];
  // Text of equal length sorts as numbers do; the collation must not matter.
  const sql = `SELECT id, title FROM movies WHERE title COLLATE "C" BETWEEN '${range.first}' AND '${range.last}'`;
  return toWrites(await runSql(cluster, leader, INVENTORY, sql));
}

/** As {@link readStoredMovies}, for orders. */
export async function readStoredOrders(cluster: FaultCluster, load: Load): Promise<readonly StoredWrite[]> {
  const { leader } = await findMembers(cluster, BILLING);
  const range = rangeOf(load.orders);
  if (!range) return [];
  const sql = `SELECT id, user_id FROM orders WHERE user_id BETWEEN ${range.first} AND ${range.last}`;
  return toWrites(await runSql(cluster, leader, BILLING, sql));
}

function rangeOf(writes: readonly SentWrite[]): { first: string; last: string } | undefined {
  const keys = writes.map(({ key }) => key).sort();
  const [first, last] = [keys[0], keys.at(-1)];
  return first === undefined || last === undefined ? undefined : { first, last };
}

function toWrites(rows: readonly (readonly string[])[]): readonly StoredWrite[] {
  return rows.map(([id = '', key = '']) => ({ id: Number(id), key }));
}
