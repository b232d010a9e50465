import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '../artifacts/source.ts';
import { installVerifier } from '../image-signatures/install-verifier.ts';
import { requireVerifier } from '../image-signatures/require-verifier.ts';
import { readImageVerifier } from '../image-signatures/verifier.ts';
import type { Report, Step, StepGroup } from '../lib/progress.ts';
import { importImages } from '../machines/import-images.ts';
import { K3S_PROGRAM } from '../machines/node-files.ts';
import type { RemoteMachine } from '../machines/remote.ts';
import { formatBegin, formatStart } from '../machines/remote-scripts.ts';
import type { MachineSettings } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { listMachines } from '../settings/list-machines.ts';
import {
  formatKubeletSettings,
  formatNodeSettings,
  KUBELET_SETTINGS_FILE,
  type NodeRole,
} from '../settings/node-settings.ts';
import { type NodeRegistries, REGISTRIES_FILE, readNodeRegistries } from '../settings/registries.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';

const SERVICE_FILES = join(import.meta.dirname, '..', 'k3s-service');
/** Where K3s looks for archives of images (https://docs.k3s.io/installation/airgap). */
export const IMAGES_FOLDER = '/var/lib/rancher/k3s/agent/images';

/** What is put on every machine. */
export interface NodeFiles {
  /** Where k3s comes from: one that was built from packages needs more of the machine. */
  readonly source: Source;
  readonly k3s: () => Promise<string>;
  /** What verifies signatures of images; asked for only where that is set. */
  readonly cosign: () => Promise<string>;
  /** Archives of images, by the names that they have on the machine. */
  readonly archives: () => Promise<ReadonlyMap<string, string>>;
  readonly token: () => Promise<string>;
}

/**
 * Installs K3s on machines, all at the same time, and starts it.
 *
 * @param only the names of machines; all, unless given
 */
export function k3sStep(
  context: Context,
  machines: () => Promise<ReadonlyMap<string, RemoteMachine>>,
  files: NodeFiles,
  only: readonly string[] = [],
): StepGroup {
  const steps = listMachines(vagrantMachines(context.cluster.settings), only).map((settings) => ({
    title: settings.name,
    run: async (report: Report) => {
      const machine = (await machines()).get(settings.name);
      if (!machine) throw new Error(`Vagrant knows no machine ${settings.name}`);
      return await installNode(context, machine, settings, files, report);
    },
  })) satisfies Step[];
  return { title: 'Install K3s', steps };
}

async function installNode(
  context: Context,
  machine: RemoteMachine,
  settings: MachineSettings,
  files: NodeFiles,
  report: Report,
): Promise<string | undefined> {
  const machines = vagrantMachines(context.cluster.settings);
  const role: NodeRole = settings.name === machines.master.name ? 'server' : 'agent';
  report('preparing the machine');
  const prepare = await readServiceFile('prepare-machine');
  await machine.run(`set -- ${files.source}\n${prepare}`, { onLine: report });
  report('copying k3s');
  const [k3s, archives] = [await files.k3s(), await files.archives()];
  // A run that is killed from here on has perhaps changed what no later one sees as new.
  const found = (await machine.run(formatBegin())).stdout.split('\n');
  const isRunning = found.includes('runs');
  const wasInterrupted = found.includes('interrupted');
  const hasNewProgram = await machine.copy(k3s, K3S_PROGRAM, '0755');
  await copyImages(machine, archives, isRunning, report);
  const nodeSettings = formatNodeSettings(machines, settings, await files.token());
  const registries = await readNodeRegistries(context.cluster.settings.images, context.directories);
  const verifier = await readImageVerifier(context.cluster, context.directories);
  const hasNewSettings = [
    await installVerifier(machine, verifier, files.cosign),
    await machine.write('/etc/rancher/k3s/config.yaml', nodeSettings, '0600'),
    await machine.write(KUBELET_SETTINGS_FILE, formatKubeletSettings(), '0644'),
    ...(await writeRegistries(machine, registries)),
  ].includes(true);
  const hasNewService = await installService(machine, role);
  report('starting k3s');
  const mustRestart = isRunning && (wasInterrupted || hasNewProgram || hasNewSettings || hasNewService);
  await machine.run(formatStart(mustRestart));
  if (verifier) await requireVerifier(machine);
  return isRunning && !mustRestart ? 'runs' : undefined;
}

/** K3s reads them when it starts. */
async function writeRegistries(
  machine: RemoteMachine,
  { text, authorities }: NodeRegistries,
): Promise<boolean[]> {
  const changed = [await machine.write(REGISTRIES_FILE, text, '0600')];
  for (const [path, certificate] of authorities) changed.push(await machine.write(path, certificate, '0644'));
  return changed;
}

/** What lies in the folder is imported when k3s starts; where it runs, at once. */
async function copyImages(
  machine: RemoteMachine,
  archives: ReadonlyMap<string, string>,
  isRunning: boolean,
  report: Report,
): Promise<void> {
  for (const [name, archive] of archives) {
    report(`copying the images of ${name}`);
    // K3s tells by the name how an archive is compressed.
    const target = `${IMAGES_FOLDER}/${name}${archive.endsWith('.tar.zst') ? '.tar.zst' : '.tar'}`;
    const isNew = await machine.copy(archive, target, '0644');
    if (isNew && isRunning) await importImages(machine, target);
  }
}

async function readServiceFile(name: string): Promise<string> {
  return await readFile(join(SERVICE_FILES, name), 'utf8');
}

/** Installs the service for systemd or OpenRC, whichever the machine has. */
async function installService(machine: RemoteMachine, role: NodeRole): Promise<boolean> {
  const hasSystemd = (await machine.attempt('test -d /run/systemd/system')).exitCode === 0;
  const changed = [
    await machine.write('/etc/default/k3s', `K3S_ROLE=${role}\n`, '0644'),
    await machine.write('/usr/local/lib/k3s/stop-pods', await readServiceFile('stop-pods'), '0755'),
    await machine.write('/usr/local/lib/k3s/bound-log', await readServiceFile('bound-log'), '0755'),
    await machine.write('/etc/logrotate.d/k3s', await readServiceFile('k3s.logrotate'), '0644'),
    hasSystemd
      ? await machine.write('/etc/systemd/system/k3s.service', await readServiceFile('k3s.service'), '0644')
      : await machine.write('/etc/init.d/k3s', await readServiceFile('k3s.openrc'), '0755'),
  ];
  return changed.includes(true);
}
