import { readFile } from 'node:fs/promises';
import { UserError } from '../lib/errors.ts';
import { connectKubernetes, type KubernetesClient } from '../lib/kubernetes.ts';
import { once } from '../lib/once.ts';
import { labelOwned } from '../lib/owned-objects.ts';
import { connectMachines, type RemoteMachine } from '../machines/remote.ts';
import { type MachineState, readMachineStates } from '../machines/vagrant.ts';
import { isVagrant } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import { adminKubeconfigFile } from '../steps/nodes-step.ts';

/** The ways into a cluster, opened when they are first used. */
export interface ClusterAccess {
  readonly machines: () => Promise<ReadonlyMap<string, RemoteMachine>>;
  readonly kubernetes: () => Promise<KubernetesClient>;
}

/** The ways into the cluster of a context. */
export function accessCluster(context: Context): ClusterAccess {
  return {
    machines: once(() => connectMachines(context)),
    kubernetes: once(async () => connect(context, await readAdminKubeconfig(context))),
  };
}

/** What is put into a cluster that others made is labelled, so that it can be found and removed. */
function connect({ cluster }: Context, kubeconfig: string): KubernetesClient {
  const client = connectKubernetes(kubeconfig);
  return isVagrant(cluster.settings.machines) ? client : labelOwned(client, cluster.name);
}

/** The administrator's kubeconfig, for the host. Throws UserError where `create` has not got that far. */
export async function readAdminKubeconfig(context: Context): Promise<string> {
  return await readFile(adminKubeconfigFile(context), 'utf8').catch((cause: unknown) => {
    throw new UserError(`The cluster ${context.cluster.name} has not been created.`, createCommand(context), {
      cause,
    });
  });
}

/** The states of the machines. Throws UserError where not all of them exist. */
export async function requireMachines(context: Context): Promise<ReadonlyMap<string, MachineState>> {
  const states = await readMachineStates(context);
  const missing = [...states].filter(([, state]) => state === 'missing').map(([name]) => name);
  if (missing.length === 0) return states;
  throw new UserError(`The machines ${missing.join(', ')} have not been created.`, createCommand(context));
}

/** The master, over SSH. */
export async function connectMaster(context: Context): Promise<RemoteMachine> {
  const { name } = vagrantMachines(context.cluster.settings).master;
  const machine = (await connectMachines(context, [name])).get(name);
  if (machine) return machine;
  throw new UserError(`Vagrant knows no machine ${name}.`, createCommand(context));
}

function createCommand({ cluster }: Context): string {
  return `./orchestrator.sh create${cluster.name === 'local' ? '' : ` --cluster ${cluster.name}`}`;
}
