import { waitFor } from '../lib/wait.ts';
import type { RemoteMachine } from '../machines/remote.ts';
import { CONTAINERD_FOLDER } from './install-verifier.ts';
import { VERIFIER_FOLDER } from './verifier.ts';

/** K3s unpacks its programs and writes containerd's configuration as soon as it starts; an agent asks its server first. */
const TIMEOUT_MS = 180_000;
const INTERVAL_MS = 2000;

/** Prints what K3s's containerd reads, with all that is imported and set by default. */
const DUMP = `/var/lib/rancher/k3s/data/current/bin/containerd --config ${CONTAINERD_FOLDER}/config.toml config dump`;

/** Without these, containerd pulls what nobody has verified, and says so in its log at the most. */
const NEEDED: readonly (readonly [table: string, line: string])[] = [
  ['io.containerd.cri.v1.images', 'use_local_image_pull = false'],
  ['io.containerd.cri.v1.images', 'disable_snapshot_annotations = true'],
  ['io.containerd.image-verifier.v1.bindir', `bin_dir = '${VERIFIER_FOLDER}/bin'`],
];

/**
 * What of a configuration of containerd, as it prints it itself, keeps it from asking the verifier; empty where it asks.
 */
export function findHindrances(configuration: string): string[] {
  return NEEDED.filter(([table, line]) => !readTable(configuration, table).includes(line)).map(
    ([table, line]) => `${table} lacks ${line}`,
  );
}

/**
 * Waits until containerd of a machine on which K3s starts is configured to ask the verifier.
 *
 * @throws UserError where it isn't
 */
export async function requireVerifier(machine: RemoteMachine): Promise<void> {
  await waitFor({
    description: `K3s on ${machine.name} to have images verified (images.signatures)`,
    timeoutMs: TIMEOUT_MS,
    intervalMs: INTERVAL_MS,
    remedy: `Nothing that is pulled there is verified. See what containerd has, on ${machine.name}: ${DUMP}. A config-v3.toml.tmpl of your own must import config-v3.toml.d. Or set images.signatures to {}.`,
    probe: async () => {
      const { exitCode, stdout } = await machine.attempt(DUMP);
      return exitCode === 0 && findHindrances(stdout).length === 0 ? true : undefined;
    },
  });
}

/** The lines of a table, without those of tables below it. */
function readTable(toml: string, name: string): string[] {
  const lines = toml.split('\n').map((line) => line.trim());
  const start = lines.indexOf(`[plugins.'${name}']`) + 1;
  if (start === 0) return [];
  const length = lines.slice(start).findIndex((line) => line.startsWith('['));
  return lines.slice(start, length < 0 ? undefined : start + length);
}
