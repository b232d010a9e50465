import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report, Step, StepGroup } from '../lib/progress.ts';
import { K3S_PROGRAM } from '../machines/node-files.ts';
import type { RemoteMachine } from '../machines/remote.ts';
import type { MachineSettings } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { listMachines } from '../settings/list-machines.ts';
import {
  formatKubeletSettings,
  formatNodeSettings,
  KUBELET_SETTINGS_FILE,
  type NodeRole,
} from '../settings/node-settings.ts';

const SERVICE_FILES = join(import.meta.dirname, '..', 'k3s-service');
/** Where K3s looks for archives of images (https://docs.k3s.io/installation/airgap). */
export const IMAGES_FOLDER = '/var/lib/rancher/k3s/agent/images';

/** What is put on every machine. */
export interface NodeFiles {
  readonly k3s: () => Promise<string>;
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
  const steps = listMachines(context.cluster.settings.machines, only).map((settings) => ({
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
  const { machines } = context.cluster.settings;
  const role: NodeRole = settings.name === machines.master.name ? 'server' : 'agent';
  report('copying k3s');
  const hasNewProgram = await machine.copy(await files.k3s(), K3S_PROGRAM, '0755');
  const isRunning = (await machine.attempt('pidof k3s')).exitCode === 0;
  await copyImages(machine, await files.archives(), isRunning, report);
  const nodeSettings = formatNodeSettings(machines, settings, await files.token());
  const hasNewSettings = [
    await machine.write('/etc/rancher/k3s/config.yaml', nodeSettings, '0600'),
    await machine.write(KUBELET_SETTINGS_FILE, formatKubeletSettings(), '0644'),
  ].includes(true);
  const hasNewService = await installService(machine, role);
  report('starting k3s');
  const mustRestart = isRunning && (hasNewProgram || hasNewSettings || hasNewService);
  await machine.run(startScript(mustRestart));
  return isRunning && !mustRestart ? 'runs' : undefined;
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
    const target = `${IMAGES_FOLDER}/${name}.tar`;
    const isNew = await machine.copy(archive, target, '0644');
    if (isNew && isRunning) await machine.run(`k3s ctr --namespace k8s.io images import ${target}`);
  }
}

/** Installs the service for systemd or OpenRC, whichever the machine has. */
async function installService(machine: RemoteMachine, role: NodeRole): Promise<boolean> {
  const read = (name: string) => readFile(join(SERVICE_FILES, name), 'utf8');
  const hasSystemd = (await machine.attempt('test -d /run/systemd/system')).exitCode === 0;
  const changed = [
    await machine.write('/etc/default/k3s', `K3S_ROLE=${role}\n`, '0644'),
    await machine.write('/usr/local/lib/k3s/stop-pods', await read('stop-pods'), '0755'),
    await machine.write('/usr/local/lib/k3s/bound-log', await read('bound-log'), '0755'),
    await machine.write('/etc/logrotate.d/k3s', await read('k3s.logrotate'), '0644'),
    hasSystemd
      ? await machine.write('/etc/systemd/system/k3s.service', await read('k3s.service'), '0644')
      : await machine.write('/etc/init.d/k3s', await read('k3s.openrc'), '0755'),
  ];
  return changed.includes(true);
}

function startScript(mustRestart: boolean): string {
  const action = mustRestart ? 'restart' : 'start';
  return [
    'if [ -d /run/systemd/system ]; then',
    `  systemctl daemon-reload; systemctl enable --quiet k3s; systemctl --no-block ${action} k3s`,
    'else',
    `  rc-update --quiet add k3s default; rc-service --quiet --ifstopped k3s start${mustRestart ? '; rc-service --quiet k3s restart' : ''}`,
    'fi',
  ].join('\n');
}
