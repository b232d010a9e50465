import { z } from 'zod';
import { hashText } from '../artifacts/content-hash.ts';
import { readSealedSecret, writeSealedSecret } from '../cluster-folder/secrets-folder.ts';
import type { SourceCredential } from '../git-source/source-credential.ts';
import { UserError } from '../lib/errors.ts';
import { formatManifest } from '../lib/manifests.ts';
import type { Context } from '../settings/context.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import {
  BASIS_ANNOTATION,
  type PlainSecret,
  SEALING_KEY_ANNOTATION,
  sealSecret,
  unsealSecret,
} from './seal.ts';
import { listOpeningKeys, provideSealingKey } from './sealing-key.ts';

/**
 * The Secret by which Argo CD reads a repository elsewhere
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories).
 */
export const SOURCE_SECRET = { namespace: ARGO_CD_NAMESPACE, name: 'git-source' } as const;

const valuesSchema = z.union([
  z.object({ username: z.string(), password: z.string() }),
  z.object({ sshPrivateKey: z.string() }),
]);

/** The clone, and kubeseal's file. */
export interface SealingTools {
  readonly context: Pick<Context, 'shell' | 'cluster' | 'directories'>;
  readonly kubeseal: () => Promise<string>;
}

/**
 * Seals the credential for a repository into the cluster's folder.
 *
 * @returns its path there
 */
export async function sealSourceCredential(
  { context, kubeseal }: SealingTools,
  credential: SourceCredential,
): Promise<string> {
  const { shell, cluster, directories } = context;
  const { source } = cluster.settings.git;
  const secret: PlainSecret = {
    ...SOURCE_SECRET,
    labels: { 'argocd.argoproj.io/secret-type': 'repository' },
    annotations: { [BASIS_ANNOTATION]: hashText(source) },
    values: { type: 'git', url: source, ...formatCredential(credential) },
  };
  const key = await provideSealingKey(directories.data);
  return await writeSealedSecret(
    cluster,
    SOURCE_SECRET,
    await sealSecret(shell, await kubeseal(), key, secret),
  );
}

/**
 * The credential that is sealed in the cluster's folder; `undefined` where there is none.
 *
 * @throws UserError when it is for another repository, or sealed with a key that is not this cluster's
 */
export async function readSourceCredential({
  context,
  kubeseal,
}: SealingTools): Promise<SourceCredential | undefined> {
  const { shell, cluster, directories } = context;
  const sealed = await readSealedSecret(cluster, SOURCE_SECRET.namespace, SOURCE_SECRET.name);
  if (!sealed) return undefined;
  const { annotations = {} } = sealed.metadata ?? {};
  const path = `clusters/${cluster.name}/secrets/${SOURCE_SECRET.namespace}.${SOURCE_SECRET.name}.yaml`;
  const remedy = `Seal it again (./orchestrator.sh git-access), or delete ${path}.`;
  if (annotations[BASIS_ANNOTATION] !== hashText(cluster.settings.git.source))
    throw new UserError(`${path} is not for ${cluster.settings.git.source}`, remedy);
  const keys = await listOpeningKeys(directories.data);
  if (!keys.some(({ fingerprint }) => fingerprint === annotations[SEALING_KEY_ANNOTATION]))
    throw new UserError(`${path} is sealed with a key that is not this cluster's`, remedy);
  const values = await unsealSecret(shell, await kubeseal(), directories.data, formatManifest([sealed]));
  return parseCredential(valuesSchema.parse(values));
}

function formatCredential(credential: SourceCredential): Record<string, string> {
  return credential.kind === 'token'
    ? { username: credential.username, password: credential.token }
    : { sshPrivateKey: credential.privateKey };
}

function parseCredential(values: z.infer<typeof valuesSchema>): SourceCredential {
  return 'password' in values
    ? { kind: 'token', username: values.username, token: values.password }
    : { kind: 'deploy-key', privateKey: values.sshPrivateKey };
}
