import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import { UserError } from '../lib/errors.ts';

/** A pair of keys, in PEM. */
const pairSchema = z.strictObject({ privateKey: z.string(), certificate: z.string() });

/** A sealing key, and those that sealed before it where there are any. */
const keySchema = pairSchema.extend({ earlier: z.array(pairSchema).optional() });
export type PlainSealingKey = z.infer<typeof keySchema>;

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** 128 MiB and about half a second for each guess (https://www.rfc-editor.org/rfc/rfc7914#section-2). */
const COST = { N: 2 ** 17, r: 8, p: 1 };
const MAX_MEMORY_BYTES = 2 ** 30;

const encryptedSchema = z.strictObject({
  format: z.literal('orchestrator-sealing-key'),
  version: z.literal(1),
  fingerprint: z.string(),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    N: z
      .int()
      .min(2)
      .max(2 ** 20),
    r: z.int().min(1).max(16),
    p: z.int().min(1).max(4),
    salt: z.base64(),
  }),
  cipher: z.strictObject({ name: z.literal(CIPHER), iv: z.base64(), tag: z.base64() }),
  data: z.base64(),
});

const deriveKey = promisify<string, Buffer, number, object, Buffer>(scrypt);

/**
 * Encrypts a sealing key with a passphrase. The parameters are in the result, which is JSON.
 *
 * @param fingerprint SHA-256 of the certificate; it can be read without the passphrase, but not be changed
 */
export async function encryptSealingKey(
  key: PlainSealingKey,
  fingerprint: string,
  passphrase: string,
): Promise<string> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const secret = await deriveKey(passphrase.normalize('NFC'), salt, KEY_BYTES, {
    ...COST,
    maxmem: MAX_MEMORY_BYTES,
  });
  const cipher = createCipheriv(CIPHER, secret, iv).setAAD(Buffer.from(fingerprint));
  const data = Buffer.concat([cipher.update(JSON.stringify(keySchema.parse(key)), 'utf8'), cipher.final()]);
  const encode = (bytes: Buffer) => bytes.toString('base64');
  const encrypted: z.infer<typeof encryptedSchema> = {
    format: 'orchestrator-sealing-key',
    version: 1,
    fingerprint,
    kdf: { name: 'scrypt', ...COST, salt: encode(salt) },
    cipher: { name: CIPHER, iv: encode(iv), tag: encode(cipher.getAuthTag()) },
    data: encode(data),
  };
  return `${JSON.stringify(encrypted, null, 2)}\n`;
}

/**
 * Decrypts what encryptSealingKey wrote.
 *
 * @throws UserError if the passphrase is another, or the text was changed
 */
export async function decryptSealingKey(text: string, passphrase: string): Promise<PlainSealingKey> {
  const { kdf, cipher, fingerprint, data } = encryptedSchema.parse(JSON.parse(text));
  const decode = (encoded: string) => Buffer.from(encoded, 'base64');
  const { N, r, p } = kdf;
  const options = { N, r, p, maxmem: 2 * MAX_MEMORY_BYTES };
  const secret = await deriveKey(passphrase.normalize('NFC'), decode(kdf.salt), KEY_BYTES, options);
  const decipher = createDecipheriv(CIPHER, secret, decode(cipher.iv), { authTagLength: 16 })
    .setAAD(Buffer.from(fingerprint))
    .setAuthTag(decode(cipher.tag));
  try {
    const plain = Buffer.concat([decipher.update(decode(data)), decipher.final()]);
    return keySchema.parse(JSON.parse(plain.toString('utf8')));
  } catch (cause) {
    throw new UserError(
      'The passphrase is not the one that the sealing key was encrypted with.',
      'Try again.',
      {
        cause,
      },
    );
  }
}
