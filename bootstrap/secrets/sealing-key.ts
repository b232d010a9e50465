import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../artifacts/artifact.ts';
import { UserError } from '../lib/errors.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { createKeyPair, type KeyPair } from './certificate.ts';

/** A pair of keys by which secrets are sealed and opened. */
export interface OpeningKey extends KeyPair {
  /** The private key's file, which is all that opening needs. */
  readonly file: string;
  /** SHA-256 of the certificate, by which a sealed secret tells which key opens it. */
  readonly fingerprint: string;
}

/** The pair of keys by which a cluster's secrets are sealed. */
export interface SealingKey extends OpeningKey {
  /** The certificate's file, which is all that sealing needs. */
  readonly certificateFile: string;
}

const KEY_FILE = 'sealing-key.pem';
const CERTIFICATE_FILE = 'sealing-certificate.pem';
/** Is there from the beginning of a rotation to its end, also when the key in it seals already. */
const NEXT_FILE = 'next-sealing-key.pem';
const EARLIER_FOLDER = 'earlier-sealing-keys';

/** The names of the files and folders that the keys are kept in. */
export const SEALING_KEY_FILES = [KEY_FILE, CERTIFICATE_FILE, NEXT_FILE, EARLIER_FOLDER] as const;

/**
 * The sealing key of a cluster, made now if there is none.
 *
 * @param folder the cluster's data directory, outside git
 */
export async function provideSealingKey(folder: string): Promise<SealingKey> {
  const file = join(folder, KEY_FILE);
  if (!(await exists(file))) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeBundle(file, await createSealingPair());
  }
  await chmod(file, 0o600);
  const certificateFile = join(folder, CERTIFICATE_FILE);
  const key = await readBundle(file, certificateFile);
  // The certificate beside the key is for programs that take nothing else; a killed process may have left another.
  const beside = await readFile(certificateFile, 'utf8').catch(() => undefined);
  if (beside !== key.certificate) await writePrivateFile(certificateFile, key.certificate);
  return { ...key, certificateFile };
}

/** The sealing key of a cluster, or `undefined` where there is none yet. */
export async function findSealingKey(folder: string): Promise<SealingKey | undefined> {
  return (await exists(join(folder, KEY_FILE))) ? await provideSealingKey(folder) : undefined;
}

/** All keys that open a cluster's secrets: the sealing key first, then those before it, and the one that is next. */
export async function listOpeningKeys(folder: string): Promise<readonly OpeningKey[]> {
  const current = await findSealingKey(folder);
  const next = await findNextSealingKey(folder);
  const keys = [...(current ? [current] : []), ...(await listEarlierKeys(folder)), ...(next ? [next] : [])];
  return keys.filter((key, place) => keys.findIndex((one) => one.fingerprint === key.fingerprint) === place);
}

/** The keys that sealed before the one that seals now. */
export async function listEarlierKeys(folder: string): Promise<readonly OpeningKey[]> {
  const earlier = join(folder, EARLIER_FOLDER);
  // A folder that can't be read is not one without keys: a backup would lack them.
  const names = (await exists(earlier)) ? await readdir(earlier) : [];
  return await Promise.all(
    names.filter((name) => name.endsWith('.pem')).map((name) => readBundle(join(earlier, name))),
  );
}

/** The key that a rotation which has not ended brings. */
export async function findNextSealingKey(folder: string): Promise<OpeningKey | undefined> {
  const file = join(folder, NEXT_FILE);
  return (await exists(file)) ? await readBundle(file) : undefined;
}

/** Makes the key that is to seal next, or finds the one that a rotation which was killed has made. */
export async function provideNextSealingKey(folder: string): Promise<OpeningKey> {
  const file = join(folder, NEXT_FILE);
  if (!(await exists(file))) await writeBundle(file, await createSealingPair());
  return await readBundle(file);
}

/** Has the next key seal from now on; the one that sealed until now is kept, and opens. */
export async function promoteNextSealingKey(folder: string): Promise<SealingKey> {
  const current = await provideSealingKey(folder);
  const next = await findNextSealingKey(folder);
  if (!next || next.fingerprint === current.fingerprint) return current;
  await keepEarlierKey(folder, current);
  await writeBundle(join(folder, KEY_FILE), next);
  return await provideSealingKey(folder);
}

/** Ends a rotation: the next one makes another key. */
export async function endSealingKeyRotation(folder: string): Promise<void> {
  await rm(join(folder, NEXT_FILE), { force: true });
}

/** Keeps a key that opens, and seals no more. */
export async function keepEarlierKey(folder: string, key: KeyPair): Promise<void> {
  const name = `${fingerprintOf(key.certificate).slice(0, 12)}.pem`;
  await writeBundle(join(folder, EARLIER_FOLDER, name), key);
}

/** Removes a key that opened. */
export async function removeEarlierKey(key: OpeningKey): Promise<void> {
  await rm(key.file, { force: true });
}

/**
 * Puts a sealing key in its place, where there is none, and those that sealed before it.
 *
 * @throws UserError if a private key doesn't belong to its certificate
 */
export async function installSealingKey(
  folder: string,
  key: KeyPair,
  earlier: readonly KeyPair[] = [],
): Promise<void> {
  if (await exists(join(folder, KEY_FILE))) throw new Error(`${folder} has a sealing key`);
  for (const { privateKey, certificate } of [key, ...earlier])
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey)))
      throw new UserError('The sealing key does not belong to its certificate.', 'Use another backup.');
  for (const one of earlier) await keepEarlierKey(folder, one);
  await writeBundle(join(folder, KEY_FILE), key);
  await provideSealingKey(folder);
}

function createSealingPair(): Promise<KeyPair> {
  return createKeyPair({ commonName: 'sealed-secrets', algorithm: 'rsa-4096' });
}

/** The private key and its certificate are one file, so that a process killed meanwhile never leaves two halves. */
async function writeBundle(file: string, { privateKey, certificate }: KeyPair): Promise<void> {
  await writePrivateFile(file, `${privateKey.trim()}\n${certificate.trim()}\n`);
}

/** @param certificateFile where the certificate is if it is not behind the key, as it was once */
async function readBundle(file: string, certificateFile?: string): Promise<OpeningKey> {
  const text = await readFile(file, 'utf8');
  const privateKey = blockOf(text, 'PRIVATE KEY');
  const certificate =
    blockOf(text, 'CERTIFICATE') ??
    (certificateFile && blockOf(await readFile(certificateFile, 'utf8'), 'CERTIFICATE'));
  if (!privateKey || !certificate) throw new Error(`${file} is no private key with a certificate`);
  return { file, privateKey, certificate, fingerprint: fingerprintOf(certificate) };
}

/** A block of PEM (RFC 7468), whole. */
function blockOf(text: string, label: string): string | undefined {
  return text.match(new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`))?.[0];
}

function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
}

/** What a person is shown of a key. */
export function shortFingerprint({ fingerprint }: Pick<OpeningKey, 'fingerprint'>): string {
  return fingerprint.slice(0, 12);
}

/**
 * The key as the Secret that the sealed-secrets controller looks for when it starts
 * (https://github.com/bitnami-labs/sealed-secrets#manual-key-management-advanced). Of several, it takes the one
 * whose certificate is the newest for the one that seals, and opens with all.
 */
export function sealingKeySecret(key: OpeningKey, namespace: string): ManagedObject {
  const encode = (text: string) => Buffer.from(`${text}\n`).toString('base64');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: {
      name: `sealing-key-${shortFingerprint(key)}`,
      namespace,
      labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' },
    },
    data: { 'tls.crt': encode(key.certificate), 'tls.key': encode(key.privateKey) },
  };
  return secret;
}
