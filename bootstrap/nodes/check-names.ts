import { UserError } from '../lib/errors.ts';
import type { MachineSettings, VagrantMachines as Machines } from '../settings/cluster-settings.ts';
import { listMachines } from '../settings/list-machines.ts';

/** The machine of this name. Throws UserError that lists those there are. */
export function requireMachine(machines: Machines, name: string): MachineSettings {
  const all = listMachines(machines);
  const found = all.find((machine) => machine.name === name);
  if (found) return found;
  throw new UserError(
    `There is no machine \`${name}\` in this cluster.`,
    `Its machines: ${all.map((machine) => machine.name).join(', ')}.`,
  );
}

/** As {@link requireMachine}, for what can be done with agents only. */
export function requireAgent(machines: Machines, name: string, verb: 'remove' | 'replace'): MachineSettings {
  const machine = requireMachine(machines, name);
  if (name !== machines.master.name) return machine;
  const reason = `\`${name}\` is the server of K3s: the control plane and its data store are there and nowhere else`;
  throw verb === 'remove'
    ? new UserError(
        `${reason}, so it can't be removed.`,
        'To be rid of the cluster: ./orchestrator.sh destroy. To get a new machine for it: ./orchestrator.sh control-plane restore FILE --new-machine.',
      )
    : new UserError(
        `${reason}, so a new machine needs a snapshot of it.`,
        `./orchestrator.sh control-plane snapshot FILE while it answers; then ./orchestrator.sh control-plane restore FILE --new-machine.`,
      );
}

/**
 * Checks that a machine can be added: its name and address are nobody's, and it is in the network of the
 * others. One that is there already as it should be is fine, so that adding can be repeated.
 *
 * @throws UserError when it can't
 */
export function checkNewAgent(machines: Machines, { name, address }: MachineSettings): void {
  const all = listMachines(machines);
  const namesake = all.find((machine) => machine.name === name);
  if (namesake && namesake.address !== address) {
    throw new UserError(
      `The name \`${name}\` is taken: that machine has the address ${namesake.address}.`,
      'Choose another name, or repeat the command with its address.',
    );
  }
  const holder = all.find((machine) => machine.address === address);
  if (holder && holder.name !== name) {
    throw new UserError(`The address ${address} is taken: ${holder.name} has it.`, 'Choose another address.');
  }
  const network = networkOf(machines.master.address);
  if (networkOf(address) !== network) {
    throw new UserError(
      `The address ${address} is not in the network of the other machines, ${network}.0/24.`,
      'Choose an address that begins as theirs do.',
    );
  }
}

function networkOf(address: string): string {
  return address.split('.').slice(0, 3).join('.');
}
