import type { Writable } from 'node:stream';
import type { Report } from '../lib/progress.ts';
import type { OpeningKey, SealingKey } from '../secrets/sealing-key.ts';
import type { BackupPod } from './backup-pod.ts';
import { encryptSealingKey } from './sealing-key-cipher.ts';

/** A sealing key, those before it, and what they are to be encrypted with. */
export interface ProtectedKey {
  readonly key: SealingKey;
  readonly earlier: readonly OpeningKey[];
  readonly passphrase: string;
}

/** Has a backup made in the cluster, and writes it to a stream. The key is encrypted before it leaves this host. */
export async function requestBackup(
  pod: BackupPod,
  cluster: string,
  protectedKey: ProtectedKey | undefined,
  output: Writable,
  report: Report,
): Promise<void> {
  const encrypt = async () => {
    if (!protectedKey) return {};
    const { key, earlier, passphrase } = protectedKey;
    const pairOf = ({ privateKey, certificate }: OpeningKey) => ({ privateKey, certificate });
    const text = await encryptSealingKey(
      { ...pairOf(key), ...(earlier.length > 0 ? { earlier: earlier.map(pairOf) } : {}) },
      key.fingerprint,
      passphrase,
    );
    return { sealingKey: { fingerprint: key.fingerprint, text } };
  };
  async function* input(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${JSON.stringify({ cluster, ...(await encrypt()) })}\n`);
  }
  await pod.run({ args: ['export'], input: input(), output, report });
}
