import type { ManagedObject } from '../lib/kubernetes.ts';
import { formatManifest, parseManifest } from '../lib/manifests.ts';
import type { Shell } from '../lib/shell.ts';
import type { SealingKey } from './sealing-key.ts';

/** The annotation by which a sealed secret tells which key opens it. */
export const SEALING_KEY_ANNOTATION = 'orchestrator/sealing-key';

/** A Secret before it is sealed. */
export interface PlainSecret {
  readonly namespace: string;
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  /** Labels of the Secret that the controller makes. */
  readonly labels?: Readonly<Record<string, string>>;
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
  return formatManifest([withFingerprint(manifest, key.fingerprint)]);
}

function withFingerprint(manifest: ManagedObject, fingerprint: string): ManagedObject {
  const annotations = { ...manifest.metadata?.annotations, [SEALING_KEY_ANNOTATION]: fingerprint };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}
