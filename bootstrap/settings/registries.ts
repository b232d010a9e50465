import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { UserError } from '../lib/errors.ts';
import type { ClusterSettings } from './cluster-settings.ts';
import type { Directories } from './directories.ts';

/** Where K3s reads mirrors and credentials (https://docs.k3s.io/installation/private-registry). */
export const REGISTRIES_FILE = '/etc/rancher/k3s/registries.yaml';
/** Where machines have the certificate authorities of registries. */
const AUTHORITIES_FOLDER = '/etc/rancher/k3s/registries';
/** Docker Hub's API; images are named after docker.io. */
const DOCKER_HUB = { name: 'docker.io', host: 'registry-1.docker.io' };

const printable = z.string().regex(/^[^\p{Cc}]+$/u, 'must not be empty, or have control characters');

/** The form of the user's own registries.yaml: that of K3s, as far as it says how a registry is entered. */
const accessSchema = z.strictObject({
  configs: z.record(
    z.string(),
    z.strictObject({
      auth: z.strictObject({ username: printable, password: printable }).optional(),
      tls: z.strictObject({ ca_file: printable }).optional(),
    }),
  ),
});

/** How registries are entered, by `HOST` or `HOST:PORT`. */
type RegistryAccess = z.infer<typeof accessSchema>['configs'];

/** What a machine is given, so that it pulls images as the settings say. */
export interface NodeRegistries {
  /** The text of {@link REGISTRIES_FILE}; secret. */
  readonly text: string;
  /** Certificate authorities, by the paths that they have on the machine. */
  readonly authorities: ReadonlyMap<string, string>;
  /** How registries are entered, by `HOST:PORT`, with paths on the machine; secret. */
  readonly configs: RegistryAccess;
}

/** The user's own file, which is outside of any git repository. */
export function registryAccessFile({ config }: Pick<Directories, 'config'>): string {
  return join(config, 'registries.yaml');
}

/**
 * Puts together what machines need to pull through the mirrors in the settings: of the user's credentials, those of the
 * registries that this cluster pulls from, and no others.
 *
 * @throws UserError when the user's file can be read by others, or isn't right; its values are never repeated
 */
export async function readNodeRegistries(
  images: ClusterSettings['images'],
  directories: Pick<Directories, 'config'>,
): Promise<NodeRegistries> {
  const file = registryAccessFile(directories);
  const used = new Set(listRegistries(images));
  const configs: Record<string, RegistryAccess[string]> = {};
  const authorities = new Map<string, string>();
  for (const [name, access] of Object.entries(await readAccess(file))) {
    if (!used.has(name)) continue;
    const { tls, ...others } = access;
    const path = `${AUTHORITIES_FOLDER}/${name.replace(':', '_')}.crt`;
    if (tls) authorities.set(path, await readAuthority(file, name, tls.ca_file));
    const host = name === DOCKER_HUB.name ? DOCKER_HUB.host : name;
    configs[host] = { ...others, ...(tls ? { tls: { ca_file: path } } : {}) };
  }
  const mirrors = Object.fromEntries(
    Object.entries(images.mirrors).map(([registry, endpoint]) => [registry, { endpoint }]),
  );
  return { text: stringify({ mirrors, configs }), authorities, configs };
}

/** The registries that images of a cluster may come from. */
function listRegistries({ registry, mirrors }: ClusterSettings['images']): string[] {
  const endpoints = Object.values(mirrors).flat();
  return [registry, ...Object.keys(mirrors), ...endpoints.map((endpoint) => new URL(endpoint).host)];
}

async function readAccess(file: string): Promise<RegistryAccess> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return {};
  if ((found.mode & 0o077) !== 0)
    throw new UserError(`Others on this machine can read ${file}.`, `chmod 600 ${file}`);
  const remedy =
    'It has `configs`, and in it by HOST:PORT `auth` (username, password) and `tls` (ca_file): docs/settings.md.';
  const text = await readFile(file, 'utf8');
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    // The parser would quote the line, and with it a password.
    throw new UserError(`${file} is no YAML.`, remedy);
  }
  const parsed = accessSchema.safeParse(content);
  if (parsed.success) return parsed.data.configs;
  const places = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
  );
  throw new UserError(`${file} is not as it should be: ${places.join('; ')}`, remedy);
}

async function readAuthority(file: string, name: string, caFile: string): Promise<string> {
  return await readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw new UserError(
      `${file} names ${caFile} as the certificate authority of ${name}, which can't be read.`,
      'Name a file on this machine; it is put on the machines.',
      { cause },
    );
  });
}
