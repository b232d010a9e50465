import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  endSealingKeyRotation,
  findNextSealingKey,
  findSealingKey,
  installSealingKey,
  listEarlierKeys,
  listOpeningKeys,
  promoteNextSealingKey,
  provideNextSealingKey,
  provideSealingKey,
  removeEarlierKey,
} from './sealing-key.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealing-key-'));
});
afterEach(async () => await rm(folder, { recursive: true }));

const fingerprints = async () => (await listOpeningKeys(folder)).map(({ fingerprint }) => fingerprint);

test('a key is made once, for its owner’s eyes alone', async () => {
  expect(await findSealingKey(folder)).toBeUndefined();
  const key = await provideSealingKey(folder);
  expect((await stat(key.file)).mode & 0o777).toBe(0o600);
  expect(await provideSealingKey(folder)).toEqual(key);
  expect((await readFile(key.certificateFile, 'utf8')).trim()).toBe(key.certificate.trim());
});

test('a rotation that is killed at any moment goes on with the same key', async () => {
  const old = await provideSealingKey(folder);
  const next = await provideNextSealingKey(folder);
  // Killed before it seals: the old one does, and both open.
  expect((await provideSealingKey(folder)).fingerprint).toBe(old.fingerprint);
  expect(await fingerprints()).toEqual([old.fingerprint, next.fingerprint]);
  expect((await provideNextSealingKey(folder)).fingerprint).toBe(next.fingerprint);

  const promoted = await promoteNextSealingKey(folder);
  expect(promoted.fingerprint).toBe(next.fingerprint);
  // Killed between the key and the certificate beside it.
  await writeFile(promoted.certificateFile, old.certificate);
  expect((await provideSealingKey(folder)).fingerprint).toBe(next.fingerprint);
  expect((await readFile(promoted.certificateFile, 'utf8')).trim()).toBe(next.certificate.trim());
  // Killed before the end: promoting again changes nothing.
  await promoteNextSealingKey(folder);
  expect(await fingerprints()).toEqual([next.fingerprint, old.fingerprint]);

  await endSealingKeyRotation(folder);
  expect(await findNextSealingKey(folder)).toBeUndefined();
  expect(await fingerprints()).toEqual([next.fingerprint, old.fingerprint]);
  const [earlier] = await listEarlierKeys(folder);
  if (!earlier) throw new Error('the old key is not kept');
  expect((await stat(earlier.file)).mode & 0o777).toBe(0o600);
  await removeEarlierKey(earlier);
  expect(await fingerprints()).toEqual([next.fingerprint]);
});

test('a key of before there were rotations, in two files, is taken as it is', async () => {
  const { file, privateKey, certificate, fingerprint } = await provideSealingKey(folder);
  await writeFile(file, privateKey);
  expect((await provideSealingKey(folder)).fingerprint).toBe(fingerprint);
  await provideNextSealingKey(folder);
  await promoteNextSealingKey(folder);
  expect((await listEarlierKeys(folder)).map((key) => key.certificate)).toEqual([certificate]);
});

test('what a backup has of the keys is put in place, once, and only if it fits', async () => {
  const old = await provideSealingKey(folder);
  const next = await provideNextSealingKey(folder);
  const other = join(folder, 'other-host');
  await expect(installSealingKey(other, { ...next, certificate: old.certificate })).rejects.toThrow(
    'does not belong',
  );
  await installSealingKey(other, next, [old]);
  const keys = await listOpeningKeys(other);
  expect(keys.map(({ fingerprint }) => fingerprint)).toEqual([next.fingerprint, old.fingerprint]);
  await expect(installSealingKey(other, old)).rejects.toThrow('has a sealing key');
});

test('earlier keys that can’t be read are not taken for none', async () => {
  await provideSealingKey(folder);
  expect(await listEarlierKeys(folder)).toEqual([]);
  await writeFile(join(folder, 'earlier-sealing-keys'), 'no folder');
  await expect(listOpeningKeys(folder)).rejects.toThrow('ENOTDIR');
});
