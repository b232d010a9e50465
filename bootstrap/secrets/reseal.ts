import { parseAllDocuments } from 'yaml';
import type { ManagedObject } from '../lib/managed-object.ts';
import { formatManifest } from '../lib/manifests.ts';
import { CommandError, type Shell } from '../lib/shell.ts';
import { openSecret, SEALING_KEY_ANNOTATION, sealObject } from './seal.ts';
import type { OpeningKey, SealingKey } from './sealing-key.ts';

/** Who may open a sealed secret elsewhere (https://github.com/bitnami-labs/sealed-secrets#scopes). */
const SCOPE_ANNOTATION = /^sealedsecrets\.bitnami\.com\/(cluster|namespace)-wide$/;

/** What sealing anew takes. */
export interface ResealTools {
  readonly shell: Shell;
  readonly kubeseal: string;
  /** The keys that may open. */
  readonly keys: readonly OpeningKey[];
}

/** Whether some keys alone open all of a sealed secret. */
export async function canOpen(tools: ResealTools, sealed: ManagedObject): Promise<boolean> {
  try {
    await openSecret(tools.shell, tools.kubeseal, tools.keys, formatManifest([sealed]));
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

/**
 * Seals the same values with another key. Everything else in the file stays as it is, comments too, and so do
 * objects of other kinds; a sealed secret that the key opens already is left alone.
 *
 * @param text the YAML documents of a file
 * @returns the new text, or `undefined` where nothing had to be done
 * @throws CommandError where the keys don't open one of its sealed secrets
 */
export async function resealManifest(
  tools: ResealTools,
  key: SealingKey,
  text: string,
): Promise<string | undefined> {
  const documents = parseAllDocuments(text);
  let isChanged = false;
  for (const document of documents) {
    const sealed = document.toJS() as ManagedObject | null;
    if (sealed?.kind !== 'SealedSecret' || (await canOpen({ ...tools, keys: [key] }, sealed))) continue;
    const values = await resealValues(tools, key, sealed);
    for (const [name, value] of Object.entries(values))
      document.setIn(['spec', 'encryptedData', name], value);
    document.setIn(['metadata', 'annotations', SEALING_KEY_ANNOTATION], key.fingerprint);
    isChanged = true;
  }
  return isChanged ? documents.map((one) => one.toString({ lineWidth: 0 })).join('') : undefined;
}

/** The values of a sealed secret, sealed with another key. */
async function resealValues(
  { shell, kubeseal, keys }: ResealTools,
  key: SealingKey,
  sealed: ManagedObject,
): Promise<Record<string, string>> {
  const opened = await openSecret(shell, kubeseal, keys, formatManifest([sealed]));
  const { namespace, name, annotations = {} } = sealed.metadata ?? {};
  const scope = Object.entries(annotations).filter(([annotation]) => SCOPE_ANNOTATION.test(annotation));
  const names = Object.keys(encryptedDataOf(sealed));
  // What the template makes of the values is in the Secret, too, and was not sealed.
  const data = Object.fromEntries(Object.entries(opened.data ?? {}).filter(([one]) => names.includes(one)));
  const secret: ManagedObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      annotations: Object.fromEntries(scope),
    },
    data,
  };
  return encryptedDataOf(await sealObject(shell, kubeseal, key, secret));
}

/** The sealed values of a sealed secret, by their names. */
export function encryptedDataOf(sealed: ManagedObject): Readonly<Record<string, string>> {
  return (sealed.spec as { encryptedData?: Record<string, string> } | undefined)?.encryptedData ?? {};
}
