import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Report } from '../lib/progress.ts';
import { NODE, POD, SECRET } from '../lib/resource-kinds.ts';
import { waitFor } from '../lib/wait.ts';
import { CLAIM, readClusterState, VOLUME } from './cluster-state.ts';
import { type NodeVolume, volumesOn } from './node-volumes.ts';

const GONE_TIMEOUT_MS = 120_000;
const KUBE_SYSTEM = 'kube-system';

/**
 * Removes all that the cluster knows of a node whose machine is gone: its pods, the claims whose volumes
 * were on it, so that StatefulSets make fresh ones elsewhere, the volumes, and the Node. It can be repeated.
 */
export async function forgetNode(client: KubernetesClient, nodeName: string, report: Report): Promise<void> {
  const { pods } = await readClusterState(client);
  // First the Node: nothing is bound to it any more, and its pods are known to be gone.
  await client.remove(NODE, nodeName);
  // K3s knows a machine by a password that it makes itself, and would refuse a new one of the same name
  // (https://docs.k3s.io/architecture, "How Agent Node Registration Works").
  await client.remove(SECRET, `${nodeName}.node-password.k3s`, KUBE_SYSTEM);
  await forgetVolumes(client, nodeName, report);
  for (const { metadata, spec } of pods) {
    if (spec?.nodeName !== nodeName) continue;
    await client.remove(POD, metadata?.name ?? '', metadata?.namespace, { isForced: true });
  }
}

/** As {@link forgetNode}, the claims and volumes alone; the node's own disk is known to be gone. */
export async function forgetVolumes(
  client: KubernetesClient,
  nodeName: string,
  report: Report,
): Promise<void> {
  for (const volume of volumesOn(await readClusterState(client), nodeName)) {
    report(`forgetting ${volume.claim?.name ?? volume.name}`);
    await removeClaim(client, volume, { arePodsGone: true });
    // Its provisioner would wait for ever for a node that could delete the data.
    await client.merge(VOLUME, volume.name, undefined, { metadata: { finalizers: null } });
    await client.remove(VOLUME, volume.name);
  }
}

/**
 * Deletes a volume's claim and waits until it is gone; its pods must not run any more.
 *
 * @param options `arePodsGone` tells that their node is gone, so that nobody could confirm their end
 */
export async function removeClaim(
  client: KubernetesClient,
  { claim, pods }: NodeVolume,
  { arePodsGone = false } = {},
): Promise<void> {
  if (!claim) return;
  const uid = await readUid(client, claim);
  await client.remove(CLAIM, claim.name, claim.namespace);
  for (const { metadata } of arePodsGone ? pods : []) {
    await client.remove(POD, metadata?.name ?? '', metadata?.namespace, { isForced: true });
  }
  await waitUntilClaimGone(client, claim, uid);
}

async function readUid(client: KubernetesClient, claim: { name: string; namespace: string }) {
  return (await client.read(CLAIM, claim.name, claim.namespace))?.metadata?.uid;
}

/** Gone is also a claim in whose place a fresh one is. */
async function waitUntilClaimGone(
  client: KubernetesClient,
  claim: { name: string; namespace: string },
  uid: string | undefined,
): Promise<void> {
  await waitFor({
    description: `the claim ${claim.namespace}/${claim.name} to be gone`,
    timeoutMs: GONE_TIMEOUT_MS,
    remedy: `See who still uses it: kubectl --namespace ${claim.namespace} describe pvc ${claim.name}.`,
    probe: async () => {
      const now = await readUid(client, claim);
      return now === undefined || now !== uid ? true : undefined;
    },
  });
}
