import { join } from 'node:path';
import type { Command } from 'commander';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';
import { eksMachines } from '../settings/vagrant-machines.ts';
import { addCommonOptions, type CommonOptions } from './session.ts';

/**
 * `eks-token`: what kubectl calls, by the kubeconfig of a cluster in EKS. It writes no log, which would put aside those of
 * commands that a person has run.
 */
export function registerEksToken(program: Command): void {
  addCommonOptions(
    program.command('eks-token', { hidden: true }).description('print a token for kubectl'),
  ).action(async ({ cluster: name }: CommonOptions) => {
    const repository = join(import.meta.dirname, '..', '..');
    const settings = await readClusterSettings(repository, name);
    const { createAwsClients } = await import('../eks/aws-clients.ts');
    const { createClusterToken } = await import('../eks/cluster-token.ts');
    const { eksName } = await import('../eks/names.ts');
    const clients = createAwsClients(eksMachines({ name, settings }).region);
    process.stdout.write(`${JSON.stringify(await createClusterToken(clients, eksName(name)))}\n`);
  });
}
