import type { Writable } from 'node:stream';
import type { Report } from '../lib/progress.ts';
import type { SealingKey } from '../secrets/sealing-key.ts';
import type { BackupPod } from './backup-pod.ts';
import { encryptSealingKey } from './sealing-key-cipher.ts';

/** A sealing key, and what it is to be encrypted with. */
export interface ProtectedKey {
  readonly key: SealingKey;
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
    const { key, passphrase } = protectedKey;
    const text = await encryptSealingKey(
      { privateKey: key.privateKey, certificate: key.certificate },
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
