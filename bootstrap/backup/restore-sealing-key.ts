import type { VerifiedArchive } from '../../services/backup/src/archive/read-archive.ts';
import { findSealingKey, installSealingKey, listOpeningKeys } from '../secrets/sealing-key.ts';
import { readPassphrase } from './read-passphrase.ts';
import { decryptSealingKey } from './sealing-key-cipher.ts';

/** What became of the sealing key, for a person; and whether one is there now. */
export interface SealingKeyOutcome {
  readonly isThere: boolean;
  readonly message: string;
}

/**
 * Puts the sealing key of a backup in its place, where there is none. A key that is there stays: what is sealed in
 * git, and the cluster, may depend on it.
 */
export async function restoreSealingKey(
  { manifest, sealingKey: encrypted }: VerifiedArchive,
  folder: string,
  passphraseFile: string | undefined,
): Promise<SealingKeyOutcome> {
  const fingerprint = manifest.sealingKeyFingerprint;
  const own = await findSealingKey(folder);
  const isEarlier = (await listOpeningKeys(folder)).some((key) => key.fingerprint === fingerprint);
  if (own && fingerprint && isEarlier && own.fingerprint !== fingerprint) {
    const message = `The backup is from before the sealing key was rotated: its key (${short(fingerprint)}) is in place beside the one that seals now (${short(own.fingerprint)}).`;
    return { isThere: true, message };
  }
  if (own && fingerprint && own.fingerprint !== fingerprint) {
    const message = `The sealing key here (${short(own.fingerprint)}) is another than the backup's (${short(fingerprint)}), and stays: the cluster opens what is sealed for it. What git holds for the backup's key, this cluster can't open.`;
    return { isThere: true, message };
  }
  if (own) return { isThere: true, message: `The sealing key is in place (${short(own.fingerprint)}).` };
  if (!encrypted || !fingerprint)
    return { isThere: false, message: 'The backup has no sealing key; `create` will make a new one.' };
  const remedy = 'Give it as --passphrase-file FILE (- is standard input).';
  const passphrase = await readPassphrase({ file: passphraseFile, isNew: false, remedy });
  const { earlier, ...key } = await decryptSealingKey(encrypted, passphrase);
  await installSealingKey(folder, key, earlier);
  return {
    isThere: true,
    message: `The sealing key of the backup (${short(fingerprint)}) is put in ${folder}.`,
  };
}

function short(fingerprint: string): string {
  return fingerprint.slice(0, 12);
}
