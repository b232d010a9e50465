import { findPrograms } from '../lib/find-program.ts';
import { PROGRAM_OF } from '../machines/provider.ts';
import type { Provider } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import type { Check } from './finding.ts';

/** Vagrant talks to these through a plugin of its own. */
const PLUGIN_OF: Partial<Record<Provider, string>> = {
  vmware_desktop: 'vagrant-vmware-desktop',
  libvirt: 'vagrant-libvirt',
  parallels: 'vagrant-parallels',
};

/** Checks the Node that runs this program: it is the one that package.json pins. */
export function checkNode(): Check {
  return async () => ({ subject: 'node', isFine: true, detail: `${process.version} at ${process.execPath}` });
}

/** Checks that a hypervisor, and Vagrant's plugin for it, are installed. */
export function checkHypervisor(context: Context, provider: Provider): Check {
  return async () => {
    const [file] = await findPrograms(PROGRAM_OF[provider], context.environment.path);
    if (file === undefined) {
      const remedy = `Install ${provider}, or set machines.provider: auto in clusters/${context.cluster.name}/cluster.yaml.`;
      return { subject: provider, isFine: false, detail: `${PROGRAM_OF[provider]} is not on PATH`, remedy };
    }
    const plugin = PLUGIN_OF[provider];
    if (plugin === undefined) return { subject: provider, isFine: true, detail: file };
    const plugins = await context.shell.attempt('vagrant', ['plugin', 'list']);
    if (plugins.stdout.includes(plugin))
      return { subject: provider, isFine: true, detail: `${file}, ${plugin}` };
    const remedy = `vagrant plugin install ${plugin}`;
    return { subject: provider, isFine: false, detail: `Vagrant lacks its plugin ${plugin}`, remedy };
  };
}
