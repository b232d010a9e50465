import { readFile } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { endianness } from 'node:os';
import { findDockerClient } from '../lib/docker.ts';
import type { Context } from '../settings/context.ts';
import { listMachines } from '../settings/list-machines.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import type { Check } from './finding.ts';

/** The name that Docker gives the bridge of a network: the first twelve digits of its id. */
const DOCKER_BRIDGE = /^br-([0-9a-f]{12})$/;

/**
 * Checks that no bridge of a network that Docker has forgotten is left on the machines' network, as happens
 * when an engine is killed: the host would send into it what is meant for the machines.
 */
export function checkForgottenBridges(context: Context): Check {
  return async () => {
    const subject = 'network';
    const machines = listMachines(vagrantMachines(context.cluster.settings));
    const bridges = await findBridgesOf(machines.map((machine) => machine.address));
    const file = (await findDockerClient(context.shell, context.environment.path))?.file ?? 'docker';
    const networks = await context.shell.run(file, ['network', 'ls', '--quiet', '--no-trunc']);
    const known = new Set(networks.stdout.split('\n').map((id) => id.slice(0, 12)));
    const forgotten = bridges.filter((name) => !known.has(name.replace(DOCKER_BRIDGE, '$1')));
    if (forgotten.length === 0) return { subject, isFine: true, detail: 'leads to the machines' };
    return {
      subject,
      isFine: false,
      detail: `${forgotten.join(', ')} is on the machines' network and belongs to no network of Docker's`,
      remedy: `As root: ${forgotten.map((name) => `ip link delete ${name}`).join(' && ')}`,
      repair: { kind: 'delete-bridges', names: forgotten },
    };
  };
}

/**
 * Docker's bridges on this host that lead to the addresses, by the kernel's table of routes (proc_net(5)): a
 * bridge that nothing is attached to is in no list of interfaces that Node gives. None where there is no such
 * table, on systems where Docker's bridges are inside a virtual machine.
 */
async function findBridgesOf(addresses: readonly string[]): Promise<string[]> {
  const table = await readFile('/proc/net/route', 'utf8').catch(() => '');
  const bridges = table.split('\n').flatMap((line) => {
    const [name = '', destination = '', , , , , , mask = ''] = line.split('\t');
    if (!DOCKER_BRIDGE.test(name)) return [];
    const network = new BlockList();
    network.addSubnet(formatAddress(destination), prefixOf(mask));
    return addresses.some((address) => network.check(address)) ? [name] : [];
  });
  return [...new Set(bridges)];
}

/** `192.168.56.0` for `0038A8C0`: the table has addresses in the byte order of the processor. */
function formatAddress(hexadecimal: string): string {
  const bytes = Buffer.from(hexadecimal, 'hex');
  return [...(endianness() === 'LE' ? bytes.reverse() : bytes)].join('.');
}

/** The length of a netmask: 24 for `00FFFFFF`. */
function prefixOf(hexadecimal: string): number {
  return Number.parseInt(hexadecimal, 16).toString(2).replaceAll('0', '').length;
}
