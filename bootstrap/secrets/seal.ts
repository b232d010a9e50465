import type { ManagedObject } from '../lib/managed-object.ts';
import { formatManifest, parseManifest } from '../lib/manifests.ts';
import type { Shell } from '../lib/shell.ts';
import { type SealingKey, sealingKeyFile } from './sealing-key.ts';

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
  const args = ['--cert', key.certificateFile, '--format', 'yaml'];
  const input = JSON.stringify(object);
  const sealed = await shell.run(kubeseal, args, { input, isSecret: true });
  const [manifest] = parseManifest(sealed.stdout);
  if (!manifest) throw new Error(`kubeseal printed no SealedSecret for ${namespace}/${name}`);
  const annotations = { ...secret.annotations, [SEALING_KEY_ANNOTATION]: key.fingerprint };
  return formatManifest([annotate(manifest, annotations)]);
}

/**
 * Opens a sealed secret on this machine, by the sealing key that is kept here.
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
  const args = ['--recovery-unseal', '--recovery-private-key', sealingKeyFile(folder), '--format', 'yaml'];
  const opened = await shell.run(kubeseal, args, { input: manifest, isSecret: true });
  const [secret] = parseManifest(opened.stdout);
  const data = Object.entries(secret?.data ?? {});
  return Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

function annotate(manifest: ManagedObject, annotations: Readonly<Record<string, string>>): ManagedObject {
  const { metadata } = manifest;
  return {
    ...manifest,
    metadata: { ...metadata, annotations: { ...metadata?.annotations, ...annotations } },
  };
}
