import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsClients } from './aws-clients.ts';

const PREFIX = 'k8s-aws-v1.';
/** EKS takes a token for fifteen minutes after it was signed; a minute is kept for the way. */
const VALID_MS = 14 * 60_000;
const SIGNATURE_SECONDS = 60;

/** What kubectl expects of a credential plugin (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/). */
export interface ExecCredential {
  readonly apiVersion: 'client.authentication.k8s.io/v1';
  readonly kind: 'ExecCredential';
  readonly status: { readonly expirationTimestamp: string; readonly token: string };
}

/**
 * Makes the token by which EKS knows who asks: a question to AWS who that is, signed for this cluster, that the control
 * plane then asks itself (https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster).
 *
 * @param eksName the cluster's name in EKS
 */
export async function createClusterToken(
  { sts, region }: Pick<AwsClients, 'sts' | 'region'>,
  eksName: string,
): Promise<ExecCredential> {
  const endpoint = await findEndpoint(sts);
  const signer = new SignatureV4({
    credentials: await sts.config.credentials(),
    region,
    service: 'sts',
    sha256: Sha256,
  });
  const request = new HttpRequest({
    method: 'GET',
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host: endpoint.host, 'x-k8s-aws-id': eksName },
  });
  const signed = await signer.presign(request, {
    expiresIn: SIGNATURE_SECONDS,
    unhoistableHeaders: new Set(['x-k8s-aws-id']),
  });
  const url = new URL(endpoint.origin);
  for (const [key, value] of Object.entries(signed.query ?? {})) url.searchParams.set(key, String(value));
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: {
      expirationTimestamp: new Date(Date.now() + VALID_MS).toISOString(),
      token: PREFIX + Buffer.from(url.href).toString('base64url'),
    },
  };
}

/** Where AWS answers who somebody is, in the region that the client is for: the control plane asks nowhere else. */
async function findEndpoint({ config }: AwsClients['sts']): Promise<URL> {
  const Region = await config.region();
  return config.endpointProvider({ Region, UseFIPS: false, UseDualStack: false, UseGlobalEndpoint: false })
    .url;
}
