import pRetry from 'p-retry';
import { z } from 'zod';
import { describeError, UserError } from '../lib/errors.ts';
import type { Credentials } from './docker-credentials.ts';
import { registryUrl } from './registry-address.ts';

const TIMEOUT_MS = 20_000;
const RETRIES = 3;

const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

const platformSchema = z.object({ os: z.string(), architecture: z.string() });
/** An image index, or the manifest of an image for one platform (https://github.com/opencontainers/image-spec). */
const manifestSchema = z.object({
  manifests: z.array(z.object({ platform: platformSchema.optional() })).optional(),
  config: z.object({ digest: z.string() }).optional(),
});
const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** A registry that wants no login; one that wants a login and was given none; one that took it, or did not. */
export type RegistryAccess = 'open' | 'login needed' | 'admitted' | 'refused';

/** A registry, as asked by its API (https://github.com/opencontainers/distribution-spec/blob/main/spec.md). */
export interface Registry {
  /** How it takes these credentials. */
  checkAccess(): Promise<RegistryAccess>;
  /**
   * The platforms that an image was built for, such as `linux/amd64`; none where there is no such tag, or none
   * that these credentials may see.
   *
   * @param path the image's name without the registry
   */
  readPlatforms(path: string, tag: string): Promise<ReadonlySet<string>>;
}

/**
 * Opens a registry.
 *
 * @param registry its host, such as `docker.io`
 * @throws UserError, in each method, when the registry can't be reached
 */
export function openRegistry(registry: string, credentials: Credentials | undefined): Registry {
  const url = registryUrl(registry);
  const tokens = new Map<string, string>();
  const get = async (path: string, scope: string) => {
    const accept = MANIFEST_TYPES.join(', ');
    const send = () => request(`${url}${path}`, { accept, ...authorization(tokens.get(scope)) });
    const response = await send();
    const challenge = response.headers.get('www-authenticate');
    if (response.status !== 401 || challenge === null) return response;
    const answer = await answerChallenge(challenge, scope, credentials);
    if (answer === undefined) return response;
    tokens.set(scope, answer);
    return await send();
  };
  return {
    async checkAccess() {
      if ((await request(`${url}/v2/`, {})).ok) return 'open';
      if (credentials === undefined) return 'login needed';
      return (await get('/v2/', '')).ok ? 'admitted' : 'refused';
    },
    async readPlatforms(path, tag) {
      const scope = `repository:${path}:pull`;
      const response = await get(`/v2/${path}/manifests/${tag}`, scope);
      // A repository that isn't there and one that is not for these eyes look the same.
      if ([401, 403, 404].includes(response.status)) return new Set();
      const { manifests, config } = manifestSchema.parse(await requireOk(response).json());
      if (manifests)
        return new Set(manifests.flatMap(({ platform }) => (platform ? [format(platform)] : [])));
      const blob = await get(`/v2/${path}/blobs/${config?.digest}`, scope);
      return new Set([format(platformSchema.parse(await requireOk(blob).json()))]);
    },
  };
}

/** What goes into the header Authorization; `undefined` where a registry wants to know somebody and nobody is given. */
async function answerChallenge(
  challenge: string,
  scope: string,
  credentials: Credentials | undefined,
): Promise<string | undefined> {
  const basic = credentials
    ? `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
    : undefined;
  if (/^basic/i.test(challenge)) return basic;
  // https://distribution.github.io/distribution/spec/auth/token/
  const readParameter = (name: string) => challenge.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1];
  const realm = new URL(readParameter('realm') ?? '');
  realm.searchParams.set('service', readParameter('service') ?? '');
  if (scope !== '') realm.searchParams.set('scope', scope);
  const response = await request(realm.href, authorization(basic));
  if (!response.ok) return undefined;
  const { token, access_token } = tokenSchema.parse(await response.json());
  return `Bearer ${token ?? access_token}`;
}

function authorization(value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { authorization: value };
}

/** Asks, and asks again where a server says that it is busy or broken. */
async function request(url: string, headers: Record<string, string>): Promise<Response> {
  const { host } = new URL(url);
  const ask = async () => {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status < 500 && response.status !== 429) return response;
    throw new Error(`${host} answers ${response.status} ${response.statusText}`);
  };
  return await pRetry(ask, { retries: RETRIES }).catch((cause: unknown) => {
    throw new UserError(
      `The registry ${host} can't be asked (${describeError(cause)}).`,
      'Check the connection, and images.registry in cluster.yaml.',
      { cause },
    );
  });
}

function requireOk(response: Response): Response {
  if (response.ok) return response;
  throw new Error(`${response.url} answers ${response.status} ${response.statusText}`);
}

function format({ os, architecture }: z.infer<typeof platformSchema>): string {
  return `${os}/${architecture}`;
}
