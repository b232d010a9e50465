import { expect, test } from 'vitest';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { startLoad } from '../support/steady-load.ts';

/** Horizontal scaling by CPU, up under load and down again. */
export function describeAutoscaling(cluster: ClusterUnderTest): void {
  test('api-gateway and inventory-app get more pods under load, and fewer when it is over', async () => {
    const load = startLoad(`http://${cluster.masterAddress}:3000/api/movies?limit=1`, {
      clients: 12,
      pauseMs: 5,
      maximumMs: 180_000,
    });
    const replicas = async (name: string) =>
      Number(await cluster.kubectl('get', 'deployment', name, '-o', 'jsonpath={.status.readyReplicas}'));
    const up = await eventually(
      { description: 'more pods', timeoutMs: 170_000, intervalMs: 1000 },
      async () => {
        const counts = [await replicas('api-gateway'), await replicas('inventory-app')];
        return counts.every((count) => count > 1);
      },
    );
    await load.stop();
    reportFigure('load to more pods of both', up.seconds);
    const down = await eventually(
      { description: 'one pod each', timeoutMs: 300_000, intervalMs: 2000 },
      async () => {
        const counts = [await replicas('api-gateway'), await replicas('inventory-app')];
        return counts.every((count) => count === 1);
      },
    );
    reportFigure('end of the load to one pod each', down.seconds);
    expect(load.failures).toEqual([]);
  });
}
