import { setTimeout as pause } from 'node:timers/promises';
import type { FaultCluster } from '../cluster/fault-cluster.ts';
import { waitUntil } from '../cluster/wait-until.ts';
import type { Load } from '../load/load.ts';
import { type Account, compareWrites } from './compare-writes.ts';
import { readStoredMovies, readStoredOrders } from './stored-writes.ts';

/** Accepted orders wait in the queue until billing-app is there to write them. */
const DRAIN_TIMEOUT_MS = 90_000;
/** A message that is delivered again comes after the first, if it comes. */
const REDELIVERY_MS = 2000;

/** What became of the writes of a load. */
export interface CountedWrites {
  movies?: Account;
  orders?: Account;
}

/**
 * Compares what was acknowledged to a load with what is stored.
 *
 * @param counted gets each figure as soon as it is known, so that it is there also after an error
 * @throws Error where the databases can't be read, or accepted orders are still missing after a while
 */
export async function countWrites(cluster: FaultCluster, load: Load, counted: CountedWrites): Promise<void> {
  const countOrders = async () => {
    counted.orders = compareWrites(load.orders, await readStoredOrders(cluster, load));
    return counted.orders;
  };
  counted.movies = compareWrites(load.movies, await readStoredMovies(cluster, load));
  const wait = {
    description: 'all accepted orders in the database',
    timeoutMs: DRAIN_TIMEOUT_MS,
    signal: cluster.context.signal,
  };
  await waitUntil(wait, async () => {
    const { lost } = await countOrders();
    return lost.length === 0 ? [] : [`${lost.length} are missing`];
  });
  await pause(REDELIVERY_MS);
  await countOrders();
}
