import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from '../lib/private-file.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { GIT_SERVER } from '../settings/git-source.ts';
import { listMachines } from '../settings/list-machines.ts';
import { createKeyPair } from './certificate.ts';
import { generatePassword } from './generated-password.ts';

const schema = z.strictObject({
  /** Of the user `developer`, who may push. */
  pushPassword: z.string(),
  /** Of the user `argocd`, who may only read. */
  readPassword: z.string(),
  webhookSecret: z.string(),
  /** Of the git server, PEM. */
  certificate: z.string(),
  privateKey: z.string(),
  /** The addresses that the certificate is for. */
  addresses: z.array(z.string()),
});

/** All that is secret about the cluster's own git server, as the host keeps it. */
export type GitAccess = z.infer<typeof schema>;

/**
 * Reads how the git server is accessed, or makes it up when that is not known yet, or the machines have got
 * other addresses.
 */
export async function provideGitAccess(context: Context): Promise<GitAccess> {
  const file = join(context.directories.data, 'git-access.json');
  const { machines } = context.cluster.settings;
  // Elsewhere the address comes with the load balancer, later; who pushes knows the server by its key.
  const addresses = isVagrant(machines) ? listMachines(machines).map(({ address }) => address) : [];
  const known = await readFile(file, 'utf8').then(
    (text) => schema.parse(JSON.parse(text)),
    () => undefined,
  );
  if (known && known.addresses.join() === addresses.join()) return known;
  const { certificate, privateKey } = await createKeyPair({
    commonName: 'git-server',
    algorithm: 'ecdsa-p256',
    names: [
      { type: 'dns', value: GIT_SERVER.host },
      ...addresses.map((value) => ({ type: 'ip', value }) as const),
    ],
  });
  const access: GitAccess = {
    pushPassword: known?.pushPassword ?? generatePassword(),
    readPassword: known?.readPassword ?? generatePassword(),
    webhookSecret: known?.webhookSecret ?? generatePassword(),
    certificate,
    privateKey,
    addresses,
  };
  await writePrivateFile(file, `${JSON.stringify(access, null, 2)}\n`);
  return access;
}

/** The public key of the git server, in the form that git's `http.pinnedPubkey` takes (git-config(1)). */
export function pinnedPublicKey(access: GitAccess): string {
  const key = new X509Certificate(access.certificate).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256//${createHash('sha256').update(key).digest('base64')}`;
}
