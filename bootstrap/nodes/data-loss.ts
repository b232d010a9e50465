import type { V1Pod, V1StatefulSet } from '../lib/kubernetes.ts';
import { hasCondition } from '../lib/managed-object.ts';
import { GIT_NAMESPACE, OBSERVABILITY_NAMESPACE } from '../settings/namespaces.ts';
import type { ClusterState } from './cluster-state.ts';
import { type NodeVolume, ownerOf } from './node-volumes.ts';

/** Acknowledged data that would be lost with some volumes, and what a person can do about it. */
export interface DataLoss {
  /** Whose data it is, such as `movies/inventory-db`. */
  readonly owner: string;
  readonly reason: string;
  readonly remedy: string;
}

/** A loss in one line. */
export function describeLoss({ owner, reason }: DataLoss): string {
  return `${owner}: ${reason}`;
}

const BROKER = 'rabbitmq';
const SECOND_COPY =
  'Give it a copy on another node first (`replicas` in cluster.yaml, then create again, and wait until both are Ready)';

/**
 * What would be lost if all of these volumes were gone at this moment. Nothing is, where another member of
 * the same StatefulSet has the data: for a Patroni cluster the leader or a synchronous standby, for RabbitMQ
 * a majority (its quorum queues need one), for any other a member that is Ready.
 *
 * The git server's volume is never among it: what it has is in clones, which is checked by git. Nor are those of
 * Loki and Prometheus: nothing depends on what they kept.
 */
export function findDataLoss(state: ClusterState, volumes: readonly NodeVolume[]): DataLoss[] {
  const bound = volumes.filter((volume) => volume.claim && !isGitServer(volume) && !isHistory(volume));
  const owners = [...new Set(bound.map(ownerOf))];
  return owners.flatMap((owner) => {
    const lost = bound.filter((volume) => ownerOf(volume) === owner);
    const loss = judge(state, lost);
    return loss ? [{ owner, ...loss }] : [];
  });
}

/** Whether a volume has what was logged and measured, and nothing else. */
function isHistory({ claim }: NodeVolume): boolean {
  return claim?.namespace === OBSERVABILITY_NAMESPACE;
}

/** Whether a volume is that of the cluster's own git server. */
export function isGitServer({ claim, statefulSet }: NodeVolume): boolean {
  return claim?.namespace === GIT_NAMESPACE && statefulSet !== undefined;
}

function judge(state: ClusterState, lost: readonly NodeVolume[]): Omit<DataLoss, 'owner'> | undefined {
  const statefulSet = lost[0]?.statefulSet;
  const claims = lost.map((volume) => volume.claim?.name).join(', ');
  if (!statefulSet) {
    return {
      reason: `the volume of the claim ${claims} has no other copy`,
      remedy: 'Copy what is in it elsewhere',
    };
  }
  const survivors = survivorsOf(state, statefulSet, lost);
  if (labelOf(statefulSet) === BROKER) return judgeBroker(statefulSet, survivors);
  const sync = findPatroniSync(state, statefulSet);
  const hasData = sync ? survivors.filter((pod) => sync.includes(pod.metadata?.name ?? '')) : survivors;
  if (hasData.length > 0) return undefined;
  return survivors.length > 0
    ? {
        reason: `no member elsewhere is the leader or its synchronous standby: ${nameAll(survivors)} may lack the newest writes`,
        remedy: 'Wait until it streams (kubectl exec POD -- patronictl list shows a Sync Standby)',
      }
    : { reason: `the only healthy copy is on this node (${claims})`, remedy: SECOND_COPY };
}

function judgeBroker(
  statefulSet: V1StatefulSet,
  survivors: readonly V1Pod[],
): Omit<DataLoss, 'owner'> | undefined {
  const replicas = statefulSet.spec?.replicas ?? 1;
  const majority = Math.floor(replicas / 2) + 1;
  if (replicas > 1 && survivors.length >= majority) return undefined;
  return replicas === 1
    ? { reason: 'the only copy of its queues is on this node', remedy: SECOND_COPY }
    : {
        reason: `${survivors.length} of ${replicas} members elsewhere are Ready, and its queues need ${majority}`,
        remedy: 'Bring the others back first (kubectl get pods --output=wide shows them)',
      };
}

/** The pods of a StatefulSet that are Ready and would keep their data. */
function survivorsOf(state: ClusterState, { metadata }: V1StatefulSet, lost: readonly NodeVolume[]): V1Pod[] {
  const lostPods = new Set(lost.flatMap((volume) => volume.pods.map((pod) => pod.metadata?.uid)));
  return state.pods.filter(
    (pod) =>
      pod.metadata?.namespace === metadata?.namespace &&
      pod.metadata?.ownerReferences?.some((owner) => owner.uid === metadata?.uid) &&
      hasCondition(pod, 'Ready') &&
      !lostPods.has(pod.metadata?.uid),
  );
}

/**
 * The members that have every acknowledged write, as Patroni last wrote down: the leader and its synchronous
 * standbys (annotations of the Endpoints SCOPE-sync,
 * https://patroni.readthedocs.io/en/latest/kubernetes.html); `undefined` where it is no Patroni cluster.
 */
export function findPatroniSync(state: ClusterState, { metadata }: V1StatefulSet): string[] | undefined {
  const isMember = (name: string) => name.replace(/-\d+$/, '') === metadata?.name;
  for (const endpoints of state.endpoints) {
    if (endpoints.metadata?.namespace !== metadata?.namespace) continue;
    if (!endpoints.metadata?.name?.endsWith('-sync')) continue;
    const { leader = '', sync_standby: standbys = '' } = endpoints.metadata.annotations ?? {};
    const members = [leader, ...standbys.split(',')].filter((name) => name !== '');
    if (members.some(isMember)) return members;
  }
  return undefined;
}

function labelOf({ spec }: V1StatefulSet): string | undefined {
  return spec?.template.metadata?.labels?.['app.kubernetes.io/name'];
}

function nameAll(pods: readonly V1Pod[]): string {
  return pods.map((pod) => pod.metadata?.name).join(', ');
}
