import { UserError } from '../lib/errors.ts';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Report } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import { isRolledOut } from '../lib/workloads.ts';
import { type ClusterState, readClusterState } from './cluster-state.ts';
import { describeLoss, findDataLoss } from './data-loss.ts';
import { removeClaim } from './forget.ts';
import { type NodeVolume, ownerOf, volumesOn } from './node-volumes.ts';

const INTERVAL_MS = 1000;

/** How volumes are moved away from a node. */
export interface MoveOptions {
  /** How long each volume may take. */
  readonly timeoutMs: number;
  /** Whether data may be lost that has no other copy. */
  readonly isForced: boolean;
  /** Which of the node's volumes; all, unless given. */
  readonly isMeant?: (volume: NodeVolume) => boolean;
}

/**
 * Has the members whose volumes are on a cordoned node begin anew elsewhere, one after the other: each clones
 * itself from the others, and the next one goes only when all of its set are Ready and losing it loses
 * nothing.
 *
 * @throws UserError when one does not get there in its time
 */
export async function moveVolumes(
  client: KubernetesClient,
  nodeName: string,
  options: MoveOptions,
  report: Report,
): Promise<void> {
  const { isMeant = () => true } = options;
  const volumes = volumesOn(await readClusterState(client), nodeName);
  for (const { name } of volumes.filter(isMeant)) await moveVolume(client, nodeName, name, options, report);
}

async function moveVolume(
  client: KubernetesClient,
  nodeName: string,
  name: string,
  { timeoutMs, isForced }: MoveOptions,
  report: Report,
): Promise<void> {
  const until = async (
    description: string,
    probe: (state: ClusterState) => Promise<string | undefined> | string | undefined,
  ) => {
    const missing = { text: description };
    const deadlineMs = performance.now() + timeoutMs;
    const ask = async () => {
      const reason = await probe(await readClusterState(client));
      if (reason === undefined) return true;
      missing.text = reason;
      report(reason);
      if (performance.now() < deadlineMs) return undefined;
      throw new UserError(
        `Waited ${Math.round(timeoutMs / 1000)} s in vain for ${description}: ${missing.text}`,
        'See why: kubectl get pods,events --all-namespaces. Then run the command again: it goes on where it stopped.',
      );
    };
    const limits = { timeoutMs: timeoutMs + 60_000, intervalMs: INTERVAL_MS, remedy: '' };
    await waitFor({ description, ...limits, probe: ask });
  };
  const find = (state: ClusterState) => volumesOn(state, nodeName).find((one) => one.name === name);
  const first = find(await readClusterState(client));
  if (!first?.claim) return;
  const owner = ownerOf(first);
  await until(`${first.claim.name} to be dispensable`, (state) => {
    const [loss] = isForced ? [] : findDataLoss(state, [find(state) ?? first]);
    return loss && describeLoss(loss);
  });
  await until(`the pod of ${first.claim.name} to leave ${nodeName}`, (state) =>
    evictFrom(client, nodeName, find(state)?.pods ?? []),
  );
  const now = find(await readClusterState(client));
  if (now) await removeClaim(client, now);
  await until(`${owner} to be whole again without ${nodeName}`, (state) => {
    const set = state.statefulSets.find(({ metadata }) => metadata?.uid === first.statefulSet?.metadata?.uid);
    const isBack = find(state)?.claim === undefined && (!set || isRolledOut(set));
    return isBack ? undefined : `${owner} is not whole yet`;
  });
}

/** Asks for the eviction of what runs on the node; says what is still there. */
async function evictFrom(
  client: KubernetesClient,
  nodeName: string,
  pods: NodeVolume['pods'],
): Promise<string | undefined> {
  for (const { metadata, spec } of pods) {
    if (spec?.nodeName !== nodeName) continue;
    const { name = '', namespace = '', deletionTimestamp } = metadata ?? {};
    const refusal = deletionTimestamp ? undefined : await client.evict(name, namespace);
    return refusal ? `${name}: ${refusal}` : `${name} is ending`;
  }
  return undefined;
}
