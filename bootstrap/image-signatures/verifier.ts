import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import { quoteWord } from '../machines/remote-scripts.ts';
import type { ClusterSettings } from '../settings/cluster-settings.ts';
import type { Cluster } from '../settings/context.ts';
import type { Directories } from '../settings/directories.ts';
import { asksForSignatures } from '../settings/image-signatures.ts';
import { readNodeRegistries } from '../settings/registries.ts';

/** Where a machine has what verifies images. Whatever is in `bin`, containerd runs; so nothing else is there. */
export const VERIFIER_FOLDER = '/usr/local/lib/k3s/image-verifier';
const KEY_FILE = `${VERIFIER_FOLDER}/key.pub`;

/** What a machine is given, so that it pulls no image of ours without a signature. */
export interface ImageVerifier {
  /** The text of the file `policy` that `verify-image` reads. */
  readonly policy: string;
  /** The public key that signatures must be of, where it is one, in PEM. */
  readonly key: string | undefined;
}

/**
 * Puts together what machines need to verify images; `undefined` where no signatures are asked for.
 *
 * @throws UserError when the public key can't be read, or where containerd would not ask for signatures
 */
export async function readImageVerifier(
  { folder, settings }: Pick<Cluster, 'folder' | 'settings'>,
  directories: Pick<Directories, 'config'>,
): Promise<ImageVerifier | undefined> {
  const { images } = settings;
  if (!asksForSignatures(images.signatures)) return undefined;
  const { configs } = await readNodeRegistries(images, directories);
  const withPassword = Object.keys(configs).filter((name) => configs[name]?.auth);
  if (withPassword.length > 0) throw passwordsHinder(withPassword);
  const authorities = Object.fromEntries(
    Object.entries(configs).flatMap(([name, { tls }]) => (tls?.ca_file ? [[name, tls.ca_file]] : [])),
  );
  const { key } = images.signatures;
  return {
    policy: formatPolicy(images, authorities),
    key: key === undefined ? undefined : await readPublicKey(join(folder, key)),
  };
}

/**
 * containerd asks verifiers only in its transfer service, and doesn't use that as soon as its own configuration has a
 * password for any registry (CheckLocalImagePullConfigs in its internal/cri/config).
 */
function passwordsHinder(registries: readonly string[]): UserError {
  return new UserError(
    `Signatures can't be asked for (images.signatures) where nodes have a password for a registry, as they have for ${registries.join(', ')}: containerd then pulls without verifying.`,
    'Set images.signatures to {}, or keep the images where nobody has to log in: what verifies them has no password.',
  );
}

/**
 * The text of the policy: a script for any POSIX shell, in which `ours` says how the names of our images begin, and
 * `verify_anywhere` asks the places where they may be.
 *
 * @param authorities certificate authorities of registries, by `HOST:PORT`: paths on the machine
 */
export function formatPolicy(
  images: ClusterSettings['images'],
  authorities: Readonly<Record<string, string>>,
): string {
  const { registry, namespace, mirrors } = images;
  const mirrored = (mirrors[registry] ?? mirrors['*'] ?? []).map((url) => placeOf(new URL(url)));
  const calls = [...mirrored, { host: registry, prefix: registry, options: [] }].map(
    ({ host, prefix, options }) => {
      const ca = authorities[host] ? ['--registry-cacert', authorities[host]] : [];
      const words = [`${prefix}/${namespace}/`, ...requirements(images), ...options, ...ca];
      return `  verify_at ${words.map(quoteWord).join(' ')}`;
    },
  );
  return `ours=${quoteWord(`${registry}/${namespace}/`)}\nverify_anywhere() {\n${calls.join(' ||\n')}\n}\n`;
}

/** A mirror as the names of its images begin. containerd adds /v2 to a URL without a path, and takes any other as it is. */
function placeOf(url: URL): { host: string; prefix: string; options: string[] } {
  const path = url.pathname.replace(/^\/v2(?=\/|$)/, '').replace(/\/+$/, '');
  const options = url.protocol === 'http:' ? ['--allow-http-registry'] : [];
  return { host: url.host, prefix: `${url.host}${path}`, options };
}

/** Who must have signed, by cosign's options. Signatures of a key of one's own need be in no public log. */
function requirements({ signatures }: Pick<ClusterSettings['images'], 'signatures'>): string[] {
  const { identity, issuer, key } = signatures;
  if (key !== undefined) return ['--key', KEY_FILE, '--private-infrastructure'];
  return ['--certificate-identity', identity ?? '', '--certificate-oidc-issuer', issuer ?? ''];
}

async function readPublicKey(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError(
      `images.signatures.key names ${file}, which can't be read.`,
      'Put the public half of the key there: cosign public-key --key cosign.key',
      { cause },
    );
  });
  if (/^-----BEGIN PUBLIC KEY-----$/m.test(text) && !text.includes('PRIVATE')) return text;
  throw new UserError(
    `${file} is no public key in PEM.`,
    'Put the public half there, and keep the other out of git: cosign public-key --key cosign.key',
  );
}
