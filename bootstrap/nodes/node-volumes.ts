import type { V1PersistentVolume, V1Pod, V1StatefulSet } from '../lib/kubernetes.ts';
import type { ClusterState } from './cluster-state.ts';

const HOST_NAME_LABEL = 'kubernetes.io/hostname';

/** A volume whose data is on one node, with whom it belongs to. */
export interface NodeVolume {
  /** The name of the PersistentVolume. */
  readonly name: string;
  /** The claim that it is bound to, if that is still there. */
  readonly claim: { readonly namespace: string; readonly name: string } | undefined;
  /** The pods that use the claim. */
  readonly pods: readonly V1Pod[];
  /** The StatefulSet whose pods these are. */
  readonly statefulSet: V1StatefulSet | undefined;
}

/** The volumes that only pods on this node can reach, as local-path makes them. */
export function volumesOn(state: ClusterState, nodeName: string): NodeVolume[] {
  const node = state.nodes.find(({ metadata }) => metadata?.name === nodeName);
  const hostName = node?.metadata?.labels?.[HOST_NAME_LABEL] ?? nodeName;
  return state.volumes
    .filter((volume) => hostNamesOf(volume).includes(hostName))
    .map((volume) => describe(state, volume));
}

/** The name of a volume's owner, for people: `movies/inventory-db`. */
export function ownerOf({ claim, statefulSet, name }: NodeVolume): string {
  if (statefulSet) return `${statefulSet.metadata?.namespace}/${statefulSet.metadata?.name}`;
  return claim ? `${claim.namespace}/${claim.name}` : name;
}

function hostNamesOf({ spec }: V1PersistentVolume): string[] {
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  return terms
    .flatMap((term) => term.matchExpressions ?? [])
    .filter(({ key, operator }) => key === HOST_NAME_LABEL && operator === 'In')
    .flatMap(({ values }) => values ?? []);
}

function describe(state: ClusterState, { metadata, spec }: V1PersistentVolume): NodeVolume {
  const { namespace = '', name: claimName = '', uid } = spec?.claimRef ?? {};
  const isThere = state.claims.some((one) => one.metadata?.uid === uid);
  const claim = isThere ? { namespace, name: claimName } : undefined;
  const pods = claim ? state.pods.filter((pod) => usesClaim(pod, claim.namespace, claim.name)) : [];
  return {
    name: metadata?.name ?? '',
    claim,
    pods,
    statefulSet: claim && findStatefulSet(state, claim.namespace, claim.name),
  };
}

function usesClaim({ metadata, spec }: V1Pod, namespace: string, claim: string): boolean {
  if (metadata?.namespace !== namespace) return false;
  return spec?.volumes?.some((one) => one.persistentVolumeClaim?.claimName === claim) ?? false;
}

/** A StatefulSet names its claims TEMPLATE-SET-ORDINAL, so it is found even while its pod is gone. */
function findStatefulSet(state: ClusterState, namespace: string, claim: string): V1StatefulSet | undefined {
  const [, withoutOrdinal] = claim.match(/^(.+)-\d+$/) ?? [];
  return state.statefulSets.find(
    ({ metadata, spec }) =>
      metadata?.namespace === namespace &&
      spec?.volumeClaimTemplates?.some((one) => `${one.metadata?.name}-${metadata.name}` === withoutOrdinal),
  );
}
