import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findPrograms } from '../lib/find-program.ts';
import { PROVIDERS, type Provider } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { listMachines } from '../settings/list-machines.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';

/** The program whose presence tells that a hypervisor is installed. */
export const PROGRAM_OF = {
  virtualbox: 'VBoxManage',
  vmware_desktop: 'vmrun',
  libvirt: 'virsh',
  parallels: 'prlctl',
  docker: 'docker',
} satisfies Record<Provider, string>;

/** Where Vagrant keeps what it knows of a cluster's machines. */
export function vagrantFolder(context: Pick<Context, 'repository' | 'cluster'>): string {
  return join(context.repository, '.vagrant', context.cluster.name);
}

/**
 * The provider that a cluster's machines are made with: the one its existing machines have, else the one in
 * its settings, else, for `auto`, the first hypervisor that is installed, and docker where there is none.
 */
export async function chooseProvider(context: Context): Promise<Provider> {
  const existing = await existingProvider(context);
  if (existing) return existing;
  const { provider } = vagrantMachines(context.cluster.settings);
  if (provider !== 'auto') return provider;
  for (const candidate of PROVIDERS) {
    const programs = await findPrograms(PROGRAM_OF[candidate], context.environment.path);
    if (programs.length > 0) return candidate;
  }
  return 'docker';
}

/** The provider of the machines that exist already, if any does: the master may be the one that is lost. */
export async function existingProvider(
  context: Pick<Context, 'repository' | 'cluster'>,
): Promise<Provider | undefined> {
  for (const { name } of listMachines(vagrantMachines(context.cluster.settings))) {
    const folder = join(vagrantFolder(context), 'machines', name);
    for (const provider of PROVIDERS) {
      const files = await readdir(join(folder, provider)).catch((): string[] => []);
      if (files.includes('id')) return provider;
    }
  }
  return undefined;
}
