import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  loadYaml,
  makeInformer,
  PatchStrategy,
} from '@kubernetes/client-node';
import { type ApiServerQuestions, askApiServer } from './api-server-questions.ts';
import { applyObjects } from './apply-objects.ts';
import {
  connectToService,
  type ServiceAnswer,
  type ServiceConnection,
  type ServicePort,
} from './forwarded-request.ts';
import type { ManagedObject } from './managed-object.ts';
import { execInPod, type PodCommand } from './pod-exec.ts';
import type { ResourceKind } from './resource-kinds.ts';
import { type ObjectState, watchUntil } from './watch-until.ts';

export type {
  V1Deployment,
  V1Endpoints,
  V1Node,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1StatefulSet,
} from '@kubernetes/client-node';

/** A state of objects that is waited for, and where they are. */
export interface AwaitedState extends ObjectState {
  readonly resource: ResourceKind;
  readonly namespace?: string;
}

/** What this program does at an API server. */
export interface KubernetesClient extends ApiServerQuestions {
  /**
   * Applies objects on the server's side (KEP-555), definitions and namespaces first; what others have set
   * in the same fields is taken over.
   */
  apply(objects: readonly ManagedObject[], fieldManager: string): Promise<void>;
  /** The object, or `undefined` where there is none. */
  read(resource: ResourceKind, name: string, namespace?: string): Promise<ManagedObject | undefined>;
  /** The objects of a kind; `T` is their form, which the API server vouches for. */
  list<T extends ManagedObject = ManagedObject>(
    resource: ResourceKind,
    namespace?: string,
  ): Promise<readonly T[]>;
  /** Watches until the state is reached; throws DeadlineError when the time has passed. */
  waitUntil(state: AwaitedState): Promise<void>;
  /** Sets annotations of an object, and nothing else. */
  annotate(
    resource: ResourceKind,
    name: string,
    namespace: string,
    annotations: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** Merges fields into an object (RFC 7386); `null` removes one. An object that is gone is left so. */
  merge(resource: ResourceKind, name: string, namespace: string | undefined, fields: object): Promise<void>;
  /**
   * Deletes an object and what it owns; one that is gone is left so.
   *
   * @param options `isForced` doesn't wait for the node of a pod to confirm that it has ended
   */
  remove(
    resource: ResourceKind,
    name: string,
    namespace?: string,
    options?: { readonly isForced?: boolean },
  ): Promise<void>;
  /**
   * Asks for the eviction of a pod, which its PodDisruptionBudgets may refuse for now
   * (https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/).
   *
   * @returns why it was refused, or `undefined` when the pod is going or gone
   */
  evict(name: string, namespace: string): Promise<string | undefined>;
  /** Creates an object; throws where there is one of that name. */
  create(object: ManagedObject): Promise<void>;
  /** A token of a service account, which ends by itself; secret. */
  createToken(
    account: { readonly namespace: string; readonly name: string },
    seconds: number,
  ): Promise<string>;
  /** Runs a command in a container that runs; its exit code. */
  exec(command: PodCommand): Promise<number>;
  /** Asks a pod of a Service for something, over the API server; the path begins with `/`, and has the query. */
  getFromService(port: ServicePort, path: string): Promise<ServiceAnswer>;
  /** A way to the pods of a Service, over the API server, for who asks more than once. */
  connectToService(port: ServicePort): ServiceConnection;
}

/** Connects to the cluster that a kubeconfig's current context names. */
export function connectKubernetes(kubeconfig: string): KubernetesClient {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const api = KubernetesObjectApi.makeApiClient(config);
  const waitUntil = async (state: AwaitedState) => {
    const { resource, namespace } = state;
    const list = () => api.list<ManagedObject>(resource.apiVersion, resource.kind, namespace);
    await watchUntil(makeInformer<ManagedObject>(config, pathOf(resource, namespace), list), state);
  };
  return {
    async apply(objects, fieldManager) {
      const applyOne = (object: ManagedObject) =>
        api.patch(toModel(object), undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply);
      await applyObjects({ applyOne, waitUntil }, objects);
    },
    async read({ apiVersion, kind }, name, namespace) {
      return await unlessNotFound(api.read<ManagedObject>(identify(apiVersion, kind, name, namespace)));
    },
    async list<T extends ManagedObject>({ apiVersion, kind }: ResourceKind, namespace?: string) {
      return (await api.list<T>(apiVersion, kind, namespace)).items;
    },
    waitUntil,
    async getFromService(port, path) {
      await using connection = connectToService(config, port);
      return await connection.get(path);
    },
    connectToService: (port) => connectToService(config, port),
    ...changeSingleObjects(config, api),
    ...askApiServer(config, api),
  };
}

function changeSingleObjects(
  config: KubeConfig,
  api: KubernetesObjectApi,
): Pick<KubernetesClient, 'annotate' | 'merge' | 'remove' | 'evict' | 'create' | 'createToken' | 'exec'> {
  const core = config.makeApiClient(CoreV1Api);
  return {
    async annotate({ apiVersion, kind }, name, namespace, annotations) {
      const patch = { apiVersion, kind, metadata: { name, namespace, annotations } };
      await api.patch(patch, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    },
    async merge({ apiVersion, kind }, name, namespace, fields) {
      const { metadata = {}, ...others } = fields as { metadata?: object };
      const identity = identify(apiVersion, kind, name, namespace);
      const patch = { ...identity, ...others, metadata: { ...identity.metadata, ...metadata } };
      await unlessNotFound(
        api.patch(patch, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch),
      );
    },
    async remove({ apiVersion, kind }, name, namespace, { isForced = false } = {}) {
      const identity = identify(apiVersion, kind, name, namespace);
      const gracePeriodSeconds = isForced ? 0 : undefined;
      await unlessNotFound(
        api.delete(identity, undefined, undefined, gracePeriodSeconds, undefined, 'Background'),
      );
    },
    async evict(name, namespace) {
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
      try {
        await unlessNotFound(core.createNamespacedPodEviction({ name, namespace, body }));
        return undefined;
      } catch (error) {
        if (error instanceof ApiException && error.code === TOO_MANY_REQUESTS) return refusalOf(error.body);
        throw error;
      }
    },
    async createToken({ namespace, name }, seconds) {
      const body = { spec: { audiences: [], expirationSeconds: seconds } };
      const { status } = await core.createNamespacedServiceAccountToken({ namespace, name, body });
      if (!status?.token) throw new Error(`The API server gave no token of ${namespace}/${name}`);
      return status.token;
    },
    async create(object) {
      await api.create(toModel(object));
    },
    exec: (command) => execInPod(config, command),
  };
}

/** What the API server answers an eviction with that a budget doesn't allow now. */
const TOO_MANY_REQUESTS = 429;

/** Which budget refuses an eviction and why, from the Status that the API server answers with. */
function refusalOf(body: unknown): string {
  const status = (typeof body === 'string' ? JSON.parse(body) : body) as {
    message?: string;
    details?: { causes?: { reason?: string; message?: string }[] };
  };
  const cause = status.details?.causes?.find(({ reason }) => reason === 'DisruptionBudget');
  return cause?.message ?? status.message ?? 'the API server allows no disruption now';
}

function identify(apiVersion: string, kind: string, name: string, namespace?: string) {
  return { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) } };
}

async function unlessNotFound<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}

function pathOf({ apiVersion, plural }: ResourceKind, namespace: string | undefined): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace ? `${group}/namespaces/${namespace}/${plural}` : `${group}/${plural}`;
}

/**
 * An object as the client library's classes have it: it sends only fields that bear their names, and those of some differ
 * from the API's, as `_from` of a NetworkPolicy and `x_kubernetes_…` of a definition.
 */
function toModel(object: ManagedObject): ManagedObject {
  return loadYaml<ManagedObject>(JSON.stringify(object));
}
