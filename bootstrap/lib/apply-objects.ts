import type { KubernetesClient } from './kubernetes.ts';
import { hasCondition, type ManagedObject } from './managed-object.ts';
import { CUSTOM_RESOURCE_DEFINITION } from './resource-kinds.ts';

const SERVED_TIMEOUT_MS = 30_000;

/** What an API server is told, and asked. */
export interface ApplyingClient extends Pick<KubernetesClient, 'waitUntil'> {
  /** Applies one object on the server's side. */
  applyOne(object: ManagedObject): Promise<unknown>;
}

/**
 * Applies objects in the order that they need: definitions and namespaces first, the others when the
 * definitions are served.
 *
 * @throws Error that names the object which the API server refused
 */
export async function applyObjects(client: ApplyingClient, objects: readonly ManagedObject[]): Promise<void> {
  const definitions = objects.filter((one) => one.kind === CUSTOM_RESOURCE_DEFINITION.kind);
  const namespaces = objects.filter((one) => one.kind === 'Namespace');
  const others = objects.filter((one) => !definitions.includes(one) && !namespaces.includes(one));
  await applyAll(client, [...definitions, ...namespaces]);
  if (definitions.length > 0) await waitUntilServed(client, definitions);
  await applyAll(client, others);
}

async function applyAll(client: ApplyingClient, objects: readonly ManagedObject[]): Promise<void> {
  await Promise.all(
    objects.map((object) =>
      client.applyOne(object).catch((cause: unknown) => {
        const name = `${object.kind} ${object.metadata?.namespace ?? ''}/${object.metadata?.name}`;
        throw new Error(`The API server refused ${name}`, { cause });
      }),
    ),
  );
}

async function waitUntilServed(client: ApplyingClient, definitions: readonly ManagedObject[]): Promise<void> {
  const names = definitions.map((definition) => definition.metadata?.name);
  await client.waitUntil({
    resource: CUSTOM_RESOURCE_DEFINITION,
    description: `the definitions ${names.join(', ')} to be served`,
    timeoutMs: SERVED_TIMEOUT_MS,
    remedy: 'See what the API server says: kubectl describe crd.',
    missing: (objects) => {
      const served = objects.filter((object) => hasCondition(object, 'Established'));
      return names.find((name) => !served.some((object) => object.metadata?.name === name));
    },
  });
}
