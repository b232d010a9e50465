import type { ManagedObject } from '../lib/managed-object.ts';
import { formatManifest, parseManifest } from '../lib/manifests.ts';
import type { Shell } from '../lib/shell.ts';
import { listOpeningKeys, type OpeningKey, type SealingKey } from './sealing-key.ts';

/** The annotations by which a sealed secret tells which key opens it, and what it was generated from. */
export const SEALING_KEY_ANNOTATION = 'orchestrator/sealing-key';
export const BASIS_ANNOTATION = 'orchestrator/generated-from';

/** A Secret before it is sealed. */
export interface PlainSecret {
  readonly namespace: string;
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  /** Labels of the Secret that the controller makes. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations of the SealedSecret. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Seals a Secret for its own name and namespace. Its values go through pipes only.
 *
 * @param kubeseal the program's file
 * @returns the SealedSecret as a manifest that may go into git
 */
export async function sealSecret(
  shell: Shell,
  kubeseal: string,
  key: SealingKey,
  secret: PlainSecret,
): Promise<string> {
  const { namespace, name, labels } = secret;
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name, ...(labels ? { labels } : {}) },
    stringData: secret.values,
  };
  const manifest = await sealObject(shell, kubeseal, key, object);
  const annotations = { ...secret.annotations, [SEALING_KEY_ANNOTATION]: key.fingerprint };
  return formatManifest([annotate(manifest, annotations)]);
}

/** Seals a Secret as it is, for the scope that its annotations say. */
export async function sealObject(
  shell: Shell,
  kubeseal: string,
  key: SealingKey,
  secret: ManagedObject,
): Promise<ManagedObject> {
  const args = ['--cert', key.certificateFile, '--format', 'yaml'];
  const sealed = await shell.run(kubeseal, args, { input: JSON.stringify(secret), isSecret: true });
  const [manifest] = parseManifest(sealed.stdout);
  if (manifest) return manifest;
  const { namespace, name } = secret.metadata ?? {};
  throw new Error(`kubeseal printed no SealedSecret for ${namespace}/${name}`);
}

/**
 * Opens a sealed secret on this machine, by the keys that are kept here.
 *
 * @param folder the cluster's data directory
 * @returns the values of the Secret
 */
export async function unsealSecret(
  shell: Shell,
  kubeseal: string,
  folder: string,
  manifest: string,
): Promise<Record<string, string>> {
  const secret = await openSecret(shell, kubeseal, await listOpeningKeys(folder), manifest);
  const data = Object.entries(secret.data ?? {});
  return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/**
 * Opens a sealed secret by any of some keys.
 *
 * @returns the Secret, its values in base64
 * @throws CommandError where none of them opens all of it
 */
export async function openSecret(
  shell: Shell,
  kubeseal: string,
  keys: readonly OpeningKey[],
  manifest: string,
): Promise<ManagedObject> {
  const files = keys.flatMap(({ file }) => ['--recovery-private-key', file]);
  const args = ['--recovery-unseal', ...files, '--format', 'yaml'];
  const opened = await shell.run(kubeseal, args, { input: manifest, isSecret: true });
  const [secret] = parseManifest(opened.stdout);
  if (!secret) throw new Error('kubeseal printed no Secret');
  return secret;
}

function annotate(manifest: ManagedObject, annotations: Readonly<Record<string, string>>): ManagedObject {
  const { metadata } = manifest;
  return {
    ...manifest,
    metadata: { ...metadata, annotations: { ...metadata?.annotations, ...annotations } },
  };
}
