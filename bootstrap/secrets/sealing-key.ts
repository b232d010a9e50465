import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../artifacts/artifact.ts';
import { UserError } from '../lib/errors.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { createKeyPair } from './certificate.ts';

/** The pair of keys by which a cluster's secrets are sealed and opened. */
export interface SealingKey {
  /** The certificate's file, which is all that sealing needs. */
  readonly certificateFile: string;
  readonly certificate: string;
  readonly privateKey: string;
  /** SHA-256 of the certificate, by which a sealed secret tells which key opens it. */
  readonly fingerprint: string;
}

const KEY_FILE = 'sealing-key.pem';
const CERTIFICATE_FILE = 'sealing-certificate.pem';

/** The names of the files that the key is kept in. */
export const SEALING_KEY_FILES = [KEY_FILE, CERTIFICATE_FILE] as const;

/** The file of the private key, in the cluster's data directory. */
export function sealingKeyFile(folder: string): string {
  return join(folder, KEY_FILE);
}

/**
 * The sealing key of a cluster, made now if there is none.
 *
 * @param folder the cluster's data directory, outside git
 */
export async function provideSealingKey(folder: string): Promise<SealingKey> {
  const keyFile = join(folder, KEY_FILE);
  const certificateFile = join(folder, CERTIFICATE_FILE);
  // The key is written last: where it is, the certificate is, too.
  if (!(await exists(keyFile))) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const pair = await createKeyPair({ commonName: 'sealed-secrets', algorithm: 'rsa-4096' });
    await writePrivateFile(certificateFile, pair.certificate);
    await writePrivateFile(keyFile, pair.privateKey);
  }
  await chmod(keyFile, 0o600);
  const certificate = await readFile(certificateFile, 'utf8');
  return {
    certificateFile,
    certificate,
    privateKey: await readFile(keyFile, 'utf8'),
    fingerprint: fingerprintOf(certificate),
  };
}

/** The sealing key of a cluster, or `undefined` where there is none yet. */
export async function findSealingKey(folder: string): Promise<SealingKey | undefined> {
  return (await exists(join(folder, KEY_FILE))) ? await provideSealingKey(folder) : undefined;
}

/**
 * Puts a sealing key in its place, where there is none.
 *
 * @throws UserError if the private key doesn't belong to the certificate
 */
export async function installSealingKey(
  folder: string,
  { privateKey, certificate }: Pick<SealingKey, 'privateKey' | 'certificate'>,
): Promise<void> {
  if (await exists(join(folder, KEY_FILE))) throw new Error(`${folder} has a sealing key`);
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey)))
    throw new UserError('The sealing key does not belong to its certificate.', 'Use another backup.');
  await writePrivateFile(join(folder, CERTIFICATE_FILE), certificate);
  await writePrivateFile(join(folder, KEY_FILE), privateKey);
}

function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
}

/**
 * The key as the Secret that the sealed-secrets controller looks for when it starts
 * (https://github.com/bitnami-labs/sealed-secrets#manual-key-management-advanced).
 */
export function sealingKeySecret(key: SealingKey, namespace: string): ManagedObject {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: {
      name: `sealing-key-${key.fingerprint.slice(0, 12)}`,
      namespace,
      labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' },
    },
    data: { 'tls.crt': encode(key.certificate), 'tls.key': encode(key.privateKey) },
  };
  return secret;
}
