import { BlockList, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { existingProvider } from '../machines/provider.ts';
import type { Context } from '../settings/context.ts';
import { listMachines } from '../settings/list-machines.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import type { Check, Finding } from './finding.ts';

/** Ports that a machine of ours, or any other that is alive, would answer or refuse at. */
const PROBED_PORTS = [22, 80, 443, 3000, 6443];
const PROBE_TIMEOUT_MS = 700;

/** Checks that nobody else has the addresses that the machines are to get. */
export function checkAddresses(context: Context): Check {
  return async () => {
    const addresses = listMachines(vagrantMachines(context.cluster.settings)).map(
      (machine) => machine.address,
    );
    const subject = 'addresses';
    if (await existingProvider(context)) {
      return { subject, isFine: true, detail: `${addresses.join(', ')} belong to this cluster's machines` };
    }
    const takenBy = await Promise.all(addresses.map(findHolder));
    const taken = addresses.flatMap((address, index) =>
      takenBy[index] ? [`${address} is taken: ${takenBy[index]}`] : [],
    );
    if (taken.length === 0) return { subject, isFine: true, detail: `${addresses.join(', ')} are free` };
    return takenFinding(subject, taken, context.cluster.name);
  };
}

function takenFinding(subject: string, taken: readonly string[], clusterName: string): Finding {
  const remedy = `Give the machines other addresses in clusters/${clusterName}/cluster.yaml, or free these.`;
  return { subject, isFine: false, detail: taken.join('; '), remedy };
}

/** Who has an address already, as a person would say it; `undefined` where nobody is known to. */
export async function findHolder(address: string): Promise<string | undefined> {
  const neighbourhood = new BlockList();
  for (const [name, entries = []] of Object.entries(networkInterfaces())) {
    for (const entry of entries) {
      if (entry.address === address) return `this host's interface ${name} has it`;
      if (entry.family === 'IPv4' && entry.cidr) addSubnet(neighbourhood, entry.cidr);
    }
  }
  // Beyond the networks that this host is on, an answer comes from a router, not from a neighbour.
  if (!neighbourhood.check(address)) return undefined;
  const answers = await Promise.all(PROBED_PORTS.map((port) => answersAt(address, port)));
  const port = PROBED_PORTS.find((_, index) => answers[index]);
  return port === undefined ? undefined : `a machine answers at its port ${port}`;
}

function addSubnet(list: BlockList, cidr: string): void {
  const [network = '', prefix = ''] = cidr.split('/');
  list.addSubnet(network, Number(prefix));
}

/** Whether a connection is accepted or refused; a free address does neither. */
function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PROBE_TIMEOUT_MS });
    const settle = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED'));
  });
}
