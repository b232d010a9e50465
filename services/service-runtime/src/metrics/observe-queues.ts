import { Gauge, type Registry } from 'prom-client';

/** A queue at one moment, as far as the service knows. */
export interface QueueState {
  /** Messages on the queue that nobody holds; undefined while the broker can't be asked. */
  ready: number | undefined;
  /** Messages that this process holds and has not acknowledged. */
  unacknowledged: number;
}

/**
 * Adds the gauge `queue_messages{queue,state}` to a service's metrics. A state that is not known is left out, since
 * a 0 would say that all is well.
 * @param readQueues tells the state of each queue by its name when it is asked; must not reject
 */
export function observeQueues(
  registry: Registry,
  readQueues: () => Promise<Readonly<Record<string, QueueState>>>,
): void {
  new Gauge({
    name: 'queue_messages',
    help: 'Messages on a queue that nobody holds (ready), and those that this process holds (unacknowledged)',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      const queues = await readQueues();
      this.reset();
      for (const [queue, states] of Object.entries(queues)) {
        for (const [state, count] of Object.entries(states)) {
          if (count !== undefined) this.set({ queue, state }, count);
        }
      }
    },
  });
}
