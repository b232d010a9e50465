import type { KubernetesClient } from './kubernetes.ts';
import type { ManagedObject } from './managed-object.ts';
import { CUSTOM_RESOURCE_DEFINITION } from './resource-kinds.ts';

/** The label of every object that this program puts into a cluster which others made; its value is our name of it. */
export const OWNER_LABEL = 'orchestrator/cluster';

/** Argo CD takes over what it syncs and drops what git doesn't have: the label is a field of this manager, who stays. */
const OWNER_FIELD_MANAGER = 'orchestrator';

/** The objects of this program, by their label. */
export function ownerSelector(clusterName: string): string {
  return `${OWNER_LABEL}=${clusterName}`;
}

/**
 * A client that labels what it applies, so that it can be told from what was there before, and removed.
 *
 * @param clusterName the label's value
 */
export function labelOwned(client: KubernetesClient, clusterName: string): KubernetesClient {
  const labels = { [OWNER_LABEL]: clusterName };
  return {
    ...client,
    async apply(objects, fieldManager) {
      // With the object itself first: whoever is killed between the two leaves nothing without a label.
      const labelled = objects.map((object) => ({
        ...object,
        metadata: { ...object.metadata, labels: { ...object.metadata?.labels, ...labels } },
      }));
      await client.apply(labelled, fieldManager);
      const marks = objects.map((object) => ({ ...identify(object, labels) }));
      await client.apply(marks, OWNER_FIELD_MANAGER);
    },
  };
}

function identify(
  { apiVersion, kind, metadata }: ManagedObject,
  labels: Record<string, string>,
): ManagedObject {
  const { name, namespace } = metadata ?? {};
  return {
    ...(apiVersion ? { apiVersion } : {}),
    ...(kind ? { kind } : {}),
    metadata: { ...(name ? { name } : {}), ...(namespace ? { namespace } : {}), labels },
  };
}

/**
 * Those of the objects that exist already and are not this cluster's. Objects of kinds that are defined among them
 * are not looked for: where the definition is new, there are none, and where it isn't, it is named itself.
 */
export async function findOthers(
  client: KubernetesClient,
  clusterName: string,
  objects: readonly ManagedObject[],
): Promise<ManagedObject[]> {
  const defined = objects.filter(({ kind }) => kind === CUSTOM_RESOURCE_DEFINITION.kind).map(definedKind);
  const candidates = objects.filter(({ kind }) => !defined.includes(kind));
  const found = await Promise.all(
    candidates.map(async ({ apiVersion = '', kind = '', metadata }) =>
      client.read({ apiVersion, kind, plural: '' }, metadata?.name ?? '', metadata?.namespace),
    ),
  );
  return found.filter(
    (one) => one !== undefined && one.metadata?.labels?.[OWNER_LABEL] !== clusterName,
  ) as ManagedObject[];
}

function definedKind({ spec }: ManagedObject): string | undefined {
  return (spec as { names?: { kind?: string } } | undefined)?.names?.kind;
}
