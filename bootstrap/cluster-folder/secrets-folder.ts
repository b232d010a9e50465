import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManagedObject } from '../lib/managed-object.ts';
import { formatManifest, parseManifest } from '../lib/manifests.ts';
import { encryptedDataOf } from '../secrets/reseal.ts';
import type { Cluster } from '../settings/context.ts';

/** Where the sealed secrets of a cluster are, one a file. */
export function secretsFolder(cluster: Cluster): string {
  return join(cluster.folder, 'secrets');
}

/** The path, in the cluster's folder, of a sealed secret. */
export function sealedSecretPath(namespace: string, name: string): string {
  return join('secrets', `${namespace}.${name}.yaml`);
}

/** The sealed secret of this name, if the cluster's folder has it. */
export async function readSealedSecret(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<ManagedObject | undefined> {
  const file = join(cluster.folder, sealedSecretPath(namespace, name));
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseManifest(text)[0];
}

/** All sealed secrets of a cluster. */
export async function readSealedSecrets(cluster: Cluster): Promise<ManagedObject[]> {
  const folder = secretsFolder(cluster);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml'));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap(parseManifest);
}

/**
 * Writes a sealed secret into the cluster's folder.
 *
 * @returns its path there
 */
export async function writeSealedSecret(
  cluster: Cluster,
  secret: { readonly namespace: string; readonly name: string },
  manifest: string,
): Promise<string> {
  const path = sealedSecretPath(secret.namespace, secret.name);
  await mkdir(secretsFolder(cluster), { recursive: true });
  await writeFile(join(cluster.folder, path), manifest);
  return path;
}

/** Removes a sealed secret from the cluster's folder, if it is there. */
export async function removeSealedSecret(cluster: Cluster, namespace: string, name: string): Promise<void> {
  await rm(join(cluster.folder, sealedSecretPath(namespace, name)), { force: true });
}

/** Writes a sealed secret; keys that the folder's own of this name has besides stay in it. */
export async function addToSealedSecret(
  cluster: Cluster,
  secret: { readonly namespace: string; readonly name: string },
  manifest: string,
): Promise<void> {
  const existing = await readSealedSecret(cluster, secret.namespace, secret.name);
  const [added] = parseManifest(manifest);
  if (!existing || !added) return void (await writeSealedSecret(cluster, secret, manifest));
  const encryptedData = { ...encryptedDataOf(existing), ...encryptedDataOf(added) };
  const merged = { ...added, spec: { ...(added.spec as object), encryptedData } };
  await writeSealedSecret(cluster, secret, formatManifest([merged]));
}
