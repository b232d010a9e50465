import {
  ApiException,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
} from '@kubernetes/client-node';
import { hasCondition, type ManagedObject } from './managed-object.ts';
import { execInPod, type PodCommand } from './pod-exec.ts';
import { type ObjectState, watchUntil } from './watch-until.ts';

/** A kind of object, with the name that its path has at the API server. */
export interface ResourceKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

/** A state of objects that is waited for, and where they are. */
export interface AwaitedState extends ObjectState {
  readonly resource: ResourceKind;
  readonly namespace?: string;
}

/** What this program does at an API server. */
export interface KubernetesClient {
  /**
   * Applies objects on the server's side (KEP-555), definitions and namespaces first; what others have set
   * in the same fields is taken over.
   */
  apply(objects: readonly ManagedObject[], fieldManager: string): Promise<void>;
  /** The object, or `undefined` where there is none. */
  read(resource: ResourceKind, name: string, namespace?: string): Promise<ManagedObject | undefined>;
  list(resource: ResourceKind, namespace?: string): Promise<readonly ManagedObject[]>;
  /** Watches until the state is reached; throws UserError when the time has passed. */
  waitUntil(state: AwaitedState): Promise<void>;
  /** Sets annotations of an object, and nothing else. */
  annotate(
    resource: ResourceKind,
    name: string,
    namespace: string,
    annotations: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Sets the fields that a patch names (RFC 7386), and nothing else. */
  merge(resource: ResourceKind, name: string, namespace: string, patch: object): Promise<void>;
  /** Creates an object; throws where there is one of that name. */
  create(object: ManagedObject): Promise<void>;
  /** Deletes an object and what it owns, in the background; no error where there is none. */
  remove(resource: ResourceKind, name: string, namespace: string): Promise<void>;
  /** Runs a command in a container that runs; its exit code. */
  exec(command: PodCommand): Promise<number>;
}

export const CUSTOM_RESOURCE_DEFINITION: ResourceKind = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
};

/** Connects to the cluster that a kubeconfig's current context names. */
export function connectKubernetes(kubeconfig: string): KubernetesClient {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const api = KubernetesObjectApi.makeApiClient(config);

  const client: KubernetesClient = {
    async apply(objects, fieldManager) {
      const definitions = objects.filter((one) => one.kind === CUSTOM_RESOURCE_DEFINITION.kind);
      const namespaces = objects.filter((one) => one.kind === 'Namespace');
      const others = objects.filter((one) => !definitions.includes(one) && !namespaces.includes(one));
      await applyAll(api, [...definitions, ...namespaces], fieldManager);
      if (definitions.length > 0) await waitUntilEstablished(client, definitions);
      await applyAll(api, others, fieldManager);
    },
    async read({ apiVersion, kind }, name, namespace) {
      return await unlessNotFound(api.read<ManagedObject>(identify(apiVersion, kind, name, namespace)));
    },
    async list({ apiVersion, kind }, namespace) {
      return (await api.list<ManagedObject>(apiVersion, kind, namespace)).items;
    },
    async waitUntil(state) {
      const { resource, namespace } = state;
      const list = () => api.list<ManagedObject>(resource.apiVersion, resource.kind, namespace);
      await watchUntil(makeInformer<ManagedObject>(config, pathOf(resource, namespace), list), state);
    },
    async annotate({ apiVersion, kind }, name, namespace, annotations) {
      const patch = { apiVersion, kind, metadata: { name, namespace, annotations } };
      await api.patch(patch, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    },
    async merge({ apiVersion, kind }, name, namespace, fields) {
      const patch = { ...fields, ...identify(apiVersion, kind, name, namespace) };
      await api.patch(patch, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    },
    async create(object) {
      await api.create(object);
    },
    async remove({ apiVersion, kind }, name, namespace) {
      const object = identify(apiVersion, kind, name, namespace);
      await unlessNotFound(api.delete(object, undefined, undefined, undefined, undefined, 'Background'));
    },
    exec: (command) => execInPod(config, command),
  };
  return client;
}

function identify(apiVersion: string, kind: string, name: string, namespace?: string) {
  return { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) } };
}

async function applyAll(
  api: KubernetesObjectApi,
  objects: readonly ManagedObject[],
  fieldManager: string,
): Promise<void> {
  const apply = (object: ManagedObject) =>
    api.patch(object, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply);
  await Promise.all(
    objects.map((object) =>
      apply(object).catch((cause: unknown) => {
        const name = `${object.kind} ${object.metadata?.namespace ?? ''}/${object.metadata?.name}`;
        throw new Error(`The API server refused ${name}`, { cause });
      }),
    ),
  );
}

async function unlessNotFound<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}

async function waitUntilEstablished(
  client: KubernetesClient,
  definitions: readonly ManagedObject[],
): Promise<void> {
  const names = definitions.map((definition) => definition.metadata?.name);
  await client.waitUntil({
    resource: CUSTOM_RESOURCE_DEFINITION,
    description: `the definitions ${names.join(', ')} to be served`,
    timeoutMs: 30_000,
    remedy: 'See what the API server says: kubectl describe crd.',
    missing: (objects) => {
      const served = objects.filter((object) => hasCondition(object, 'Established'));
      return names.find((name) => !served.some((object) => object.metadata?.name === name));
    },
  });
}

function pathOf({ apiVersion, plural }: ResourceKind, namespace: string | undefined): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace ? `${group}/namespaces/${namespace}/${plural}` : `${group}/${plural}`;
}
