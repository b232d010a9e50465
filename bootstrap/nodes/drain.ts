import { UserError } from '../lib/errors.ts';
import type { KubernetesClient, V1Pod } from '../lib/kubernetes.ts';
import type { Report } from '../lib/progress.ts';
import { NODE, POD } from '../lib/resource-kinds.ts';
import { waitFor } from '../lib/wait.ts';
import { evictablePods, nameOf, unmanagedPods } from './evictable-pods.ts';
import { isNodeReady } from './is-node-ready.ts';
import { moveDeployments } from './move-deployments.ts';

/** Budgets change as pods become ready, which nothing announces to who was refused. */
const RETRY_MS = 1000;
/** Pods that make and remove volumes are nobody's, but end by themselves. */
const SHORT_LIVED_MS = 30_000;
const MOVE_TIMEOUT_MS = 60_000;

/** How a node is drained. */
export interface DrainOptions {
  readonly timeoutMs: number;
  /** Whether pods may be evicted that nothing makes anew elsewhere. */
  readonly isForced: boolean;
  /** Whether a node that stops being Ready counts as empty: its pods can't confirm their end any more. */
  readonly mayDie?: boolean;
}

/** Lets no new pods onto a node. */
export async function cordon(client: KubernetesClient, nodeName: string): Promise<void> {
  await client.merge(NODE, nodeName, undefined, { spec: { unschedulable: true } });
}

/** Lets new pods onto a node again. */
export async function uncordon(client: KubernetesClient, nodeName: string): Promise<void> {
  await client.merge(NODE, nodeName, undefined, { spec: { unschedulable: null } });
}

/**
 * Evicts all pods from a cordoned node, but for DaemonSets', and waits until they are gone; Deployments that
 * would be without a pod meanwhile are moved first. PodDisruptionBudgets are respected: what one refuses is asked
 * for again until the deadline.
 *
 * @throws UserError at the deadline, with the pods that are still there and the budgets that keep them
 */
export async function drain(
  client: KubernetesClient,
  nodeName: string,
  { timeoutMs, isForced, mayDie = false }: DrainOptions,
  report: Report,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  await refuseUnmanaged(client, nodeName, isForced);
  const mayMove = !mayDie || (await isNodeReady(client, nodeName));
  if (mayMove) await moveDeployments(client, nodeName, Math.min(timeoutMs / 2, MOVE_TIMEOUT_MS), report);
  const left = { text: 'the first answer of the API server' };
  const probe = async () => {
    const pods = evictablePods({ pods: await client.list<V1Pod>(POD) }, nodeName);
    if (pods.length === 0 || (mayDie && !(await isNodeReady(client, nodeName)))) return true;
    left.text = (await evictAll(client, pods)).join(', ');
    report(`${pods.length} left: ${left.text}`);
    if (performance.now() < deadlineMs) return undefined;
    throw new UserError(
      `Node ${nodeName} still has ${left.text}, ${Math.round(timeoutMs / 1000)} s after the drain began`,
      `It stays cordoned. Once what keeps them is mended, run the command again (--timeout gives it longer), or let pods onto the node again: ./orchestrator.sh node uncordon ${nodeName}.`,
    );
  };
  // The probe's own deadline comes first: it knows what is left.
  await waitFor({
    description: `node ${nodeName} to be empty`,
    timeoutMs: timeoutMs + 60_000,
    intervalMs: RETRY_MS,
    remedy: `See what is left: kubectl get pods --all-namespaces --field-selector spec.nodeName=${nodeName}.`,
    probe,
  });
}

async function refuseUnmanaged(client: KubernetesClient, nodeName: string, isForced: boolean): Promise<void> {
  if (isForced) return;
  const deadlineMs = performance.now() + SHORT_LIVED_MS;
  const probe = async () => {
    const pods = evictablePods({ pods: await client.list<V1Pod>(POD) }, nodeName);
    const unmanaged = unmanagedPods(pods).map(nameOf);
    if (unmanaged.length === 0) return true;
    if (performance.now() < deadlineMs) return undefined;
    throw new UserError(
      `Nothing would make ${unmanaged.join(', ')} anew elsewhere: no controller owns it`,
      'Delete it yourself, or add --force. Nothing was evicted.',
    );
  };
  await waitFor({
    description: `pods of node ${nodeName} that no controller owns to end`,
    timeoutMs: SHORT_LIVED_MS + 60_000,
    intervalMs: RETRY_MS,
    remedy: 'Delete them yourself, or add --force.',
    probe,
  });
}

/** Asks for the eviction of each; what is left of each, with the reason where there is one. */
async function evictAll(client: KubernetesClient, pods: readonly V1Pod[]): Promise<string[]> {
  return await Promise.all(
    pods.map(async (pod) => {
      const { name = '', namespace = '', deletionTimestamp } = pod.metadata ?? {};
      if (deletionTimestamp) return `${nameOf(pod)} (ending)`;
      const refusal = await client.evict(name, namespace);
      return refusal ? `${nameOf(pod)} (${refusal})` : `${nameOf(pod)} (evicted)`;
    }),
  );
}
