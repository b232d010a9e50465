import { Gauge, type Registry } from 'prom-client';

/** A pool of connections at one moment, in numbers. */
export interface PoolState {
  /** Connections that are open and free. */
  idle: number;
  /** Connections that someone uses. */
  used: number;
  /** Callers that wait for a connection, since all are used. */
  waiting: number;
}

/**
 * Adds the gauge `database_pool_connections{database,state}` to a service's metrics. `waiting` above 0 for long says
 * that the pool is too small or the database too slow.
 * @param pools tells each pool's state when it is asked, by the database's name; must not throw. A `pg.Pool` is
 *   `() => ({ idle: pool.idleCount, used: pool.totalCount - pool.idleCount, waiting: pool.waitingCount })`
 */
export function observePools(registry: Registry, pools: Readonly<Record<string, () => PoolState>>): void {
  new Gauge({
    name: 'database_pool_connections',
    help: 'Connections to a database that are idle or used, and callers that wait for one',
    labelNames: ['database', 'state'],
    registers: [registry],
    collect() {
      for (const [database, read] of Object.entries(pools)) {
        for (const [state, count] of Object.entries(read())) this.set({ database, state }, count);
      }
    },
  });
}
