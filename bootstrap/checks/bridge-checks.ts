import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { findDockerClient } from '../lib/docker.ts';
import type { Context } from '../settings/context.ts';
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
    const { master, agents } = context.cluster.settings.machines;
    const bridges = findBridgesOf([master, ...agents].map((machine) => machine.address));
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

/** Docker's bridges on this host whose network has one of the addresses. */
function findBridgesOf(addresses: readonly string[]): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, entries = []]) => {
    const isOnNetwork = entries.some(({ family, address, netmask }) => {
      if (family !== 'IPv4') return false;
      const network = new BlockList();
      network.addSubnet(address, prefixOf(netmask));
      return addresses.some((machine) => network.check(machine));
    });
    return isOnNetwork && DOCKER_BRIDGE.test(name) ? [name] : [];
  });
}

/** The length of a netmask: 24 for 255.255.255.0. */
function prefixOf(netmask: string): number {
  return netmask
    .split('.')
    .reduce((bits, byte) => bits + Number(byte).toString(2).replaceAll('0', '').length, 0);
}
