import {
  ApiException,
  ApisApi,
  AuthorizationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  type KubernetesObjectApi,
  type V1APIResource,
  VersionApi,
} from '@kubernetes/client-node';
import pRetry from 'p-retry';
import type { ManagedObject } from './managed-object.ts';

/** What is asked of an API server as a whole. */
export interface ApiServerQuestions {
  /** Its version, such as `v1.36.3`. */
  readVersion(): Promise<string>;
  /** Whether whoever asks may do everything everywhere, as `cluster-admin` may. */
  mayDoEverything(): Promise<boolean>;
  /** The objects of all kinds and namespaces that a label selector selects. */
  listLabelled(labelSelector: string): Promise<readonly ManagedObject[]>;
}

/** The questions to the API server of a kubeconfig's current context. */
export function askApiServer(config: KubeConfig, api: KubernetesObjectApi): ApiServerQuestions {
  return {
    async readVersion() {
      return (await config.makeApiClient(VersionApi).getCode()).gitVersion;
    },
    async mayDoEverything() {
      const resourceAttributes = { group: '*', resource: '*', verb: '*' };
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      };
      const review = await config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({ body });
      return review.status?.allowed ?? false;
    },
    async listLabelled(labelSelector) {
      const kinds = await listKinds(config);
      const lists = await Promise.all(
        kinds.map(async ({ apiVersion, kind }) => {
          return await listOfKind(api, { apiVersion, kind }, labelSelector);
        }),
      );
      // An object may be served by two groups, as events are.
      return [...new Map(lists.flat().map((one) => [one.metadata?.uid, one])).values()];
    },
  };
}

/** "Storage is (re)initializing": so it is for a moment after a definition was made or changed. */
const TOO_MANY_REQUESTS = 429;
const UNTIL_SERVED = {
  retries: 20,
  minTimeout: 250,
  maxTimeout: 2000,
  shouldRetry: ({ error }: { readonly error: Error }) =>
    error instanceof ApiException && error.code === TOO_MANY_REQUESTS,
};

/** A kind whose definition is just being deleted is listed still, and gone when it is asked for. */
async function listOfKind(
  api: KubernetesObjectApi,
  { apiVersion, kind }: Kind,
  labelSelector: string,
): Promise<ManagedObject[]> {
  const selector = [undefined, undefined, undefined, undefined, undefined, labelSelector] as const;
  try {
    const list = () => api.list<ManagedObject>(apiVersion, kind, ...selector);
    const { items } = await pRetry(list, UNTIL_SERVED);
    return items.map((item) => ({ ...item, apiVersion, kind }));
  } catch (error) {
    const isGone = error instanceof ApiException && error.code === 404;
    if (isGone || (error instanceof Error && error.message.startsWith(UNKNOWN_KIND))) return [];
    throw error;
  }
}

/** How the client library says that no group has a kind. */
const UNKNOWN_KIND = 'Unrecognized API version and kind';

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** The kinds whose objects can be listed and deleted, each in the version that the server prefers. */
async function listKinds(config: KubeConfig): Promise<Kind[]> {
  const core = await config.makeApiClient(CoreV1Api).getAPIResources();
  const { groups } = await config.makeApiClient(ApisApi).getAPIVersions();
  const others = await Promise.all(
    groups.map(async ({ name, versions, preferredVersion }) => {
      const version = (preferredVersion ?? versions[0])?.version ?? '';
      const { resources } = await readGroup(config, name, version);
      return resources.filter(isKept).map(({ kind }) => ({ apiVersion: `${name}/${version}`, kind }));
    }),
  );
  return [...core.resources.filter(isKept).map(({ kind }) => ({ apiVersion: 'v1', kind })), ...others.flat()];
}

/** An extension whose server is away, as metrics may be, has no objects that could be deleted now. */
async function readGroup(
  config: KubeConfig,
  group: string,
  version: string,
): Promise<{ resources: V1APIResource[] }> {
  try {
    return await config.makeApiClient(CustomObjectsApi).getAPIResources({ group, version });
  } catch (error) {
    if (error instanceof ApiException && [404, 503].includes(error.code)) return { resources: [] };
    throw error;
  }
}

function isKept({ name, verbs }: V1APIResource): boolean {
  return !name.includes('/') && verbs.includes('list') && verbs.includes('delete');
}
