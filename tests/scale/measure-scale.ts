import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubernetesClient } from '../../bootstrap/lib/kubernetes.ts';
import type { PushTimes } from '../support/push-to-synced.ts';
import { type ArgoCdMemory, readMemory } from './memory.ts';
import type { ScaledCluster, Touched } from './scaled-cluster.ts';

/** What is measured. */
export interface Plan {
  /** How many generated Applications there are, one after the other. */
  readonly counts: readonly number[];
  readonly commits: readonly Touched[];
  /** How often a commit of each kind is pushed. */
  readonly runs: number;
  /** How often Argo CD looks at everything by itself: pushes are spread over this time. */
  readonly pollSeconds: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** What was measured with as many generated Applications. */
export interface Measured {
  readonly count: number;
  /** Of the commit that added those which were lacking. */
  readonly added: PushTimes;
  readonly touched: Readonly<Record<Touched, readonly PushTimes[]>>;
  readonly memory: ArgoCdMemory | undefined;
  /** Of this machine, in the last minute (getloadavg(3)). */
  readonly load: number;
}

/** Measures with few generated Applications, then with more. */
export async function measureScale(
  cluster: ScaledCluster,
  client: KubernetesClient,
  plan: Plan,
): Promise<Measured[]> {
  const results: Measured[] = [];
  for (const count of plan.counts.toSorted((one, other) => one - other)) {
    plan.say(`${count} generated Applications: adding them`);
    const added = await cluster.grow(count);
    plan.say(`  Synced after ${added.synced.toFixed(1)} s`);
    const touched: Record<Touched, PushTimes[]> = { one: [], ours: [], all: [] };
    for (const kind of plan.commits) touched[kind].push(...(await touchOften(cluster, kind, plan)));
    const memory = await readMemory(client);
    results.push({ count, added, touched, memory, load: loadavg()[0] ?? Number.NaN });
  }
  return results;
}

async function touchOften(cluster: ScaledCluster, kind: Touched, plan: Plan): Promise<PushTimes[]> {
  const { runs, pollSeconds, signal, say } = plan;
  const times: PushTimes[] = [];
  for (let run = 1; run <= runs; run += 1) {
    const startedAtMs = performance.now();
    const measured = await cluster.touch(kind);
    times.push(measured);
    say(`  a commit that touches ${kind}: Synced after ${measured.synced.toFixed(2)} s`);
    // Pushed one right after the other, all could fall between two looks that Argo CD takes at everything.
    const restMs = (pollSeconds * 1000) / runs - (performance.now() - startedAtMs);
    if (run < runs) await pause(Math.max(0, restMs), undefined, { signal });
  }
  return times;
}
