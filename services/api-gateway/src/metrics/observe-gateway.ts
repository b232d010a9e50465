import { Gauge, type Registry } from 'prom-client';
import type { Pool } from 'undici';
import type { OrderPublisher } from '../billing/order-publisher.ts';

/**
 * Adds to a service's metrics `upstream_pool_connections{upstream,state}`, of which `waiting` above 0 for long says
 * that the service behind is too slow, and `orders_waiting`, which grows while the broker is away.
 * @param upstreams the pools by the services' names
 */
export function observeGateway(
  registry: Registry,
  upstreams: Readonly<Record<string, Pick<Pool, 'stats'>>>,
  publisher: Pick<OrderPublisher, 'waitingCount'>,
): void {
  new Gauge({
    name: 'upstream_pool_connections',
    help: 'Connections to a service behind that are idle or used, and requests that wait for one',
    labelNames: ['upstream', 'state'],
    registers: [registry],
    collect() {
      for (const [upstream, { stats }] of Object.entries(upstreams)) {
        this.set({ upstream, state: 'idle' }, stats.free);
        this.set({ upstream, state: 'used' }, stats.connected - stats.free);
        this.set({ upstream, state: 'waiting' }, stats.queued);
      }
    },
  });
  new Gauge({
    name: 'orders_waiting',
    help: 'Orders that wait for the broker to confirm them',
    registers: [registry],
    collect() {
      this.set(publisher.waitingCount());
    },
  });
}
