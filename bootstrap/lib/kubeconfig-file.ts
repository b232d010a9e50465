import { readFile } from 'node:fs/promises';
import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import { UserError } from './errors.ts';
import { writePrivateFile } from './private-file.ts';

/** The lists of a kubeconfig, whose entries are known by their names. */
const LISTS = ['clusters', 'users', 'contexts'] as const;

/** What one cluster adds to a kubeconfig, under one name. */
export interface KubeconfigEntry {
  readonly name: string;
  readonly namespace: string;
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
}

/**
 * Puts a cluster, its user and a context into a kubeconfig, in the place of entries of the same name; all
 * else in the file stays as it is, comments included.
 *
 * @param file is made if it isn't there
 * @param makeCurrent whether the context becomes the current one
 */
export async function mergeKubeconfig(
  file: string,
  entry: KubeconfigEntry,
  makeCurrent: boolean,
): Promise<void> {
  const document = await readKubeconfig(file);
  const { name, namespace, cluster, user } = entry;
  setNamed(document, 'clusters', name, { name, cluster });
  setNamed(document, 'users', name, { name, user });
  setNamed(document, 'contexts', name, { name, context: { cluster: name, namespace, user: name } });
  if (makeCurrent) document.set('current-context', name);
  await writePrivateFile(file, document.toString());
}

/** Takes out what {@link mergeKubeconfig} put in. */
export async function removeFromKubeconfig(file: string, name: string): Promise<void> {
  const document = await readKubeconfig(file);
  const removed = LISTS.map((list) => removeNamed(document, list, name));
  if (!removed.includes(true)) return;
  if (document.get('current-context') === name) document.set('current-context', '');
  await writePrivateFile(file, document.toString());
}

/** Reads the cluster and the user that a kubeconfig of K3s holds, the only ones in there. */
export function readOnlyEntry(kubeconfig: string, name: string, namespace: string): KubeconfigEntry {
  const document = parseDocument(kubeconfig);
  const cluster = document.getIn(['clusters', 0, 'cluster']);
  const user = document.getIn(['users', 0, 'user']);
  if (!isMap(cluster) || !isMap(user)) throw new Error('The kubeconfig of K3s has no cluster or no user');
  return { name, namespace, cluster: cluster.toJSON(), user: user.toJSON() };
}

async function readKubeconfig(file: string): Promise<Document> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return 'apiVersion: v1\nkind: Config\n';
    throw error;
  });
  const document = parseDocument(text);
  const [error] = document.errors;
  if (!error && isMap(document.contents)) return document;
  throw new UserError(
    `${file} is no kubeconfig: ${error?.message ?? 'it holds no map'}`,
    'Nothing in it was changed. Correct it, or point KUBECONFIG to another file.',
  );
}

function setNamed(document: Document, list: (typeof LISTS)[number], name: string, value: object): void {
  removeNamed(document, list, name);
  const entries = document.get(list);
  if (isSeq(entries)) entries.add(document.createNode(value));
  else document.set(list, document.createNode([value]));
}

function removeNamed(document: Document, list: (typeof LISTS)[number], name: string): boolean {
  const entries = document.get(list);
  if (!isSeq(entries)) return false;
  const index = entries.items.findIndex((item) => isMap(item) && item.get('name') === name);
  if (index >= 0) entries.delete(index);
  return index >= 0;
}
