import { UserError } from '../lib/errors.ts';
import {
  type ClusterSettings,
  type EksMachines,
  isVagrant,
  type VagrantMachines,
} from './cluster-settings.ts';
import type { Cluster, Context } from './context.ts';

/**
 * The machines that Vagrant makes for a cluster.
 *
 * @throws UserError for a cluster whose nodes are not made by Vagrant: they are not this program's to change
 */
export function vagrantMachines({ machines }: Pick<ClusterSettings, 'machines'>): VagrantMachines {
  if (isVagrant(machines)) return machines;
  throw new UserError(
    `This needs machines that Vagrant makes, and those of this cluster are not (machines.provider is ${machines.provider}).`,
    'What works with it: docs/cloud.md.',
  );
}

/**
 * What Amazon EKS makes for a cluster.
 *
 * @throws UserError for a cluster that is made otherwise
 */
export function eksMachines({ name, settings }: Pick<Cluster, 'name' | 'settings'>): EksMachines {
  if (settings.machines.provider === 'eks') return settings.machines;
  throw new UserError(
    `The cluster ${name} is not one in Amazon EKS (machines.provider is ${settings.machines.provider}).`,
    'Name one that is: --cluster eks. docs/cloud.md tells more.',
  );
}

/**
 * Refuses a command that changes machines, for a cluster whose nodes others made.
 *
 * @param command the subcommand
 * @throws UserError
 */
export function requireOwnMachines({ cluster }: Pick<Context, 'cluster'>, command: string): void {
  if (isVagrant(cluster.settings.machines)) return;
  throw new UserError(
    `\`${command}\` is for machines that Vagrant makes; the nodes of the cluster ${cluster.name} were made by others, and nothing has been changed.`,
    'Do it with what made them. What works with such a cluster: docs/cloud.md.',
  );
}
