import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VerifiedArchive } from '../../services/backup/src/archive/read-archive.ts';
import {
  endSealingKeyRotation,
  listEarlierKeys,
  listOpeningKeys,
  type OpeningKey,
  promoteNextSealingKey,
  provideNextSealingKey,
  provideSealingKey,
} from '../secrets/sealing-key.ts';
import { restoreSealingKey } from './restore-sealing-key.ts';
import { encryptSealingKey } from './sealing-key-cipher.ts';

const PASSPHRASE = 'correct horse battery';
let folder: string;
let host: string;
let passphraseFile: string;
let before: VerifiedArchive;
let after: VerifiedArchive;
let old: OpeningKey;
let current: OpeningKey;

const pairOf = ({ privateKey, certificate }: OpeningKey) => ({ privateKey, certificate });

async function archiveOf(key: OpeningKey, earlier: readonly OpeningKey[]): Promise<VerifiedArchive> {
  const keys = { ...pairOf(key), ...(earlier.length > 0 ? { earlier: earlier.map(pairOf) } : {}) };
  const sealingKey = await encryptSealingKey(keys, key.fingerprint, PASSPHRASE);
  return { manifest: { sealingKeyFingerprint: key.fingerprint }, sealingKey } as VerifiedArchive;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restore-key-'));
  passphraseFile = join(folder, 'passphrase');
  await writeFile(passphraseFile, PASSPHRASE, { mode: 0o600 });
  host = join(folder, 'host');
  old = await provideSealingKey(host);
  before = await archiveOf(old, []);
  await provideNextSealingKey(host);
  current = await promoteNextSealingKey(host);
  await endSealingKeyRotation(host);
  after = await archiveOf(current, await listEarlierKeys(host));
}, 60_000);
afterAll(async () => await rm(folder, { recursive: true }));

const fingerprints = async (place: string) =>
  (await listOpeningKeys(place)).map(({ fingerprint }) => fingerprint);

test('a backup from before a rotation changes no key of a host that has both', async () => {
  const { isThere, message } = await restoreSealingKey(before, host, undefined);
  expect(isThere).toBe(true);
  expect(message).toContain('from before the sealing key was rotated');
  expect(await fingerprints(host)).toEqual([current.fingerprint, old.fingerprint]);
});

test('a backup from after it brings both keys to another host', async () => {
  const other = join(folder, 'other');
  expect((await restoreSealingKey(after, other, passphraseFile)).isThere).toBe(true);
  expect(await fingerprints(other)).toEqual([current.fingerprint, old.fingerprint]);
});

test('a backup from before it brings its own', async () => {
  const other = join(folder, 'another');
  expect((await restoreSealingKey(before, other, passphraseFile)).isThere).toBe(true);
  expect(await fingerprints(other)).toEqual([old.fingerprint]);
});
