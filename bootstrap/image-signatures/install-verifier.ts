import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteMachine } from '../machines/remote.ts';
import { quoteWord } from '../machines/remote-scripts.ts';
import { type ImageVerifier, VERIFIER_FOLDER } from './verifier.ts';

/** Where K3s looks for what its containerd is to be configured with, around what it writes itself (https://docs.k3s.io/advanced). */
export const CONTAINERD_TEMPLATE = '/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.tmpl';

/** How long containerd waits for a verdict. To ask Sigstore for its keys takes the longest. */
const VERDICT_TIMEOUT_S = 60;

/** By this line, a template is known as ours. */
const MARK = '# Written by orchestrator.sh create: images are verified before they are pulled.';

/** The text of {@link CONTAINERD_TEMPLATE} (containerd's docs/image-verification.md). */
export function formatContainerdTemplate(): string {
  return `${MARK}
{{ template "base" . }}

[plugins.'io.containerd.image-verifier.v1.bindir']
  bin_dir = '${VERIFIER_FOLDER}/bin'
  per_verifier_timeout = '${VERDICT_TIMEOUT_S}s'
`;
}

/**
 * Has a machine verify images from K3s's next start on, or, without a verifier, no longer.
 *
 * @param cosign provides the program, for the machine's architecture
 * @returns whether K3s has to be started anew for it
 */
export async function installVerifier(
  machine: RemoteMachine,
  verifier: ImageVerifier | undefined,
  cosign: () => Promise<string>,
): Promise<boolean> {
  if (!verifier) return await removeVerifier(machine);
  // The last of them is what asks for all others: containerd lets everything through that nothing asks about.
  await machine.copy(await cosign(), `${VERIFIER_FOLDER}/cosign`, '0755');
  if (verifier.key !== undefined) await machine.write(`${VERIFIER_FOLDER}/key.pub`, verifier.key, '0644');
  await machine.write(`${VERIFIER_FOLDER}/policy`, verifier.policy, '0644');
  const script = await readFile(join(import.meta.dirname, 'verify-image'), 'utf8');
  await machine.write(`${VERIFIER_FOLDER}/bin/verify-image`, script, '0755');
  return await machine.write(CONTAINERD_TEMPLATE, formatContainerdTemplate(), '0600');
}

async function removeVerifier(machine: RemoteMachine): Promise<boolean> {
  const template = quoteWord(CONTAINERD_TEMPLATE);
  const { stdout } = await machine.run(
    [
      `rm -rf ${quoteWord(VERIFIER_FOLDER)}`,
      `if grep -qsxF ${quoteWord(MARK)} ${template}; then rm ${template}; echo changed; fi`,
    ].join('\n'),
  );
  return stdout.trim() === 'changed';
}
