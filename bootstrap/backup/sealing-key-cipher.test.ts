import { expect, test } from 'vitest';
import { UserError } from '../lib/errors.ts';
import { decryptSealingKey, encryptSealingKey } from './sealing-key-cipher.ts';

const key = { privateKey: 'PRIVATE', certificate: 'CERTIFICATE' };
const encrypted = await encryptSealingKey(key, 'f1', 'correct horse battery');

test('the passphrase brings the key back, however its letters are encoded', async () => {
  expect(await decryptSealingKey(encrypted, 'correct horse battery')).toEqual(key);
  const composed = await encryptSealingKey(key, 'f1', 'f\u00fcr immer und ewig');
  expect(await decryptSealingKey(composed, 'fu\u0308r immer und ewig')).toEqual(key);
});

test('nothing of the key can be read without it', () => {
  expect(encrypted).not.toContain('PRIVATE');
  expect(encrypted).not.toContain(Buffer.from('PRIVATE').toString('base64').slice(0, 8));
});

test('another passphrase, a changed text and a changed fingerprint are refused', async () => {
  await expect(decryptSealingKey(encrypted, 'wrong horse battery')).rejects.toThrow(UserError);
  const changed = { ...JSON.parse(encrypted), fingerprint: 'f2' };
  await expect(decryptSealingKey(JSON.stringify(changed), 'correct horse battery')).rejects.toThrow(
    UserError,
  );
  const costly = { ...JSON.parse(encrypted), kdf: { ...JSON.parse(encrypted).kdf, N: 2 ** 30 } };
  await expect(decryptSealingKey(JSON.stringify(costly), 'correct horse battery')).rejects.toThrow();
});
