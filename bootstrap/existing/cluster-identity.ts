import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { NAMESPACE } from '../lib/resource-kinds.ts';
import type { Context } from '../settings/context.ts';

/** The file in a cluster's data directory that says which cluster its kubeconfig led to. */
export const IDENTITY_FILE = 'cluster-uid';

/** What tells one cluster from another, whatever its address: the uid of the namespace that is never made anew. */
export async function readIdentity(client: KubernetesClient): Promise<string> {
  return (await client.read(NAMESPACE, 'kube-system'))?.metadata?.uid ?? '';
}

/** The cluster that an earlier `create` has put things into; `undefined` where there was none. */
export async function readNotedIdentity({
  directories,
}: Pick<Context, 'directories'>): Promise<string | undefined> {
  const text = await readFile(join(directories.data, IDENTITY_FILE), 'utf8').catch(() => '');
  return text.trim() || undefined;
}

/** Notes into which cluster things are put from now on. */
export async function noteIdentity(
  { directories }: Pick<Context, 'directories'>,
  identity: string,
): Promise<void> {
  await writePrivateFile(join(directories.data, IDENTITY_FILE), `${identity}\n`);
}
