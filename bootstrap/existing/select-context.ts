import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { UserError } from '../lib/errors.ts';

/** Fields of a kubeconfig that name a file, and those that hold its content (kubectl config view --flatten). */
const FILES = {
  cluster: { 'certificate-authority': 'certificate-authority-data' },
  user: { 'client-certificate': 'client-certificate-data', 'client-key': 'client-key-data' },
} as const;

const fields = z.record(z.string(), z.unknown());

/** As much of a kubeconfig as is looked at (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). */
const schema = z.object({
  'current-context': z.string().optional(),
  clusters: z.array(z.object({ name: z.string(), cluster: fields })),
  users: z.array(z.object({ name: z.string(), user: fields })),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) }),
  ),
});

type Kubeconfig = z.infer<typeof schema>;

/**
 * Takes one context out of a kubeconfig, with its cluster and user and nothing else, so that it means the same in
 * any folder: the files that it names are in it, paths of programs are whole.
 *
 * @param contextName the current context, unless given
 * @returns the text of a kubeconfig; it is secret
 * @throws UserError when the file is none, has no such context, or names a file that can't be read
 */
export async function selectContext(file: string, contextName?: string): Promise<string> {
  const kubeconfig = await readKubeconfig(file);
  const name = contextName ?? kubeconfig['current-context'] ?? '';
  const names = kubeconfig.contexts.map((one) => one.name).join(', ') || 'none';
  const found = kubeconfig.contexts.find((one) => one.name === name);
  if (!found) {
    const what = name === '' ? 'has no current context' : `has no context \`${name}\``;
    throw new UserError(`${file} ${what}.`, `Name one: --context NAME. It has: ${names}.`);
  }
  const cluster = kubeconfig.clusters.find((one) => one.name === found.context.cluster)?.cluster;
  const user = kubeconfig.users.find((one) => one.name === found.context.user)?.user;
  if (!cluster || !user) {
    const remedy = 'Take a kubeconfig that works: kubectl --kubeconfig FILE get nodes.';
    throw new UserError(
      `The context \`${name}\` of ${file} names a cluster or user that is not there.`,
      remedy,
    );
  }
  const folder = dirname(resolve(file));
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: await flatten(cluster, FILES.cluster, folder) }],
    users: [{ name, user: resolveProgram(await flatten(user, FILES.user, folder), folder) }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

/** The address of the API server in a kubeconfig of {@link selectContext}. */
export function serverOf(kubeconfig: string): string {
  return String(schema.parse(parse(kubeconfig)).clusters[0]?.cluster.server ?? '');
}

async function readKubeconfig(file: string): Promise<Kubeconfig> {
  const remedy = 'Give the file that kubectl uses for the cluster: --kubeconfig FILE.';
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError(`The kubeconfig ${file} can't be read.`, remedy, { cause });
  });
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    // The parser would quote the line, and with it perhaps a key.
    throw new UserError(`${file} is no kubeconfig: it is no YAML.`, remedy);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => path.join('.') || 'the file').join(', ');
  throw new UserError(`${file} is no kubeconfig: ${places} is not as it should be.`, remedy);
}

async function flatten(
  entry: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>>,
  folder: string,
): Promise<Record<string, unknown>> {
  const flat: Record<string, unknown> = { ...entry };
  for (const [field, data] of Object.entries(files)) {
    const path = flat[field];
    if (typeof path !== 'string') continue;
    delete flat[field];
    const content = await readFile(resolve(folder, path)).catch((cause: unknown) => {
      throw new UserError(`The kubeconfig names ${path}, which can't be read.`, 'Correct its path.', {
        cause,
      });
    });
    // What stands there as data counts more, as for kubectl.
    flat[data] ??= content.toString('base64');
  }
  if (typeof flat.tokenFile === 'string') flat.tokenFile = resolve(folder, flat.tokenFile);
  return flat;
}

/** A credential plugin with a path is relative to the kubeconfig; one without is looked for on PATH. */
function resolveProgram(user: Record<string, unknown>, folder: string): Record<string, unknown> {
  const exec = user.exec as { command?: string } | undefined;
  if (!exec?.command?.includes('/') || isAbsolute(exec.command)) return user;
  return { ...user, exec: { ...exec, command: resolve(folder, exec.command) } };
}
