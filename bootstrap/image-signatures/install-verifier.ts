import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemoteMachine } from '../machines/remote.ts';
import { quoteWord } from '../machines/remote-scripts.ts';
import { type ImageVerifier, VERIFIER_FOLDER } from './verifier.ts';

/** Where K3s keeps the configuration of its containerd. */
export const CONTAINERD_FOLDER = '/var/lib/rancher/k3s/agent/etc/containerd';

/** What K3s's containerd reads beside what K3s writes itself (https://github.com/k3s-io/k3s/pull/13680, K3s 1.36 has it). */
const CONTAINERD_DROP_IN = `${CONTAINERD_FOLDER}/config-v3.toml.d/image-verifier.toml`;

/** Where `create` wrote the same before. A table that K3s writes, too, can't be in there: containerd would not start. */
const OLD_TEMPLATE = `${CONTAINERD_FOLDER}/config-v3.toml.tmpl`;

/** How long containerd waits for a verdict. To ask Sigstore for its keys takes the longest. */
const VERDICT_TIMEOUT_S = 60;

/** By this line, a file is known as ours. */
const MARK = '# Written by orchestrator.sh create: images are verified before they are pulled.';

/**
 * The text of {@link CONTAINERD_DROP_IN} (containerd's docs/image-verification.md). Verifiers are asked only by its
 * transfer service, which K3s turns off, and which containerd leaves for itself where snapshots have annotations
 * (CheckLocalImagePullConfigs in its internal/cri/config).
 */
export function formatContainerdDropIn(): string {
  return `${MARK}
version = 3

[plugins.'io.containerd.cri.v1.images']
  use_local_image_pull = false
  disable_snapshot_annotations = true

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
  const hadTemplate = await removeOurs(machine, OLD_TEMPLATE);
  return (await machine.write(CONTAINERD_DROP_IN, formatContainerdDropIn(), '0600')) || hadTemplate;
}

async function removeVerifier(machine: RemoteMachine): Promise<boolean> {
  await machine.run(`rm -rf ${quoteWord(VERIFIER_FOLDER)}`);
  const removed = [await removeOurs(machine, OLD_TEMPLATE), await removeOurs(machine, CONTAINERD_DROP_IN)];
  return removed.includes(true);
}

/** Whether there was a file of ours. */
async function removeOurs(machine: RemoteMachine, file: string): Promise<boolean> {
  const path = quoteWord(file);
  const { stdout } = await machine.run(
    `if grep -qsxF ${quoteWord(MARK)} ${path}; then rm ${path}; echo changed; fi`,
  );
  return stdout.trim() === 'changed';
}
