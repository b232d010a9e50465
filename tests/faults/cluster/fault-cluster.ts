import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { connectKubernetes, type KubernetesClient } from '../../../bootstrap/lib/kubernetes.ts';
import type { RunOptions, RunResult } from '../../../bootstrap/lib/shell.ts';
import { chooseProvider } from '../../../bootstrap/machines/provider.ts';
import { connectMachines, type RemoteMachine } from '../../../bootstrap/machines/remote.ts';
import type { MachineSettings, Provider } from '../../../bootstrap/settings/cluster-settings.ts';
import type { Context } from '../../../bootstrap/settings/context.ts';
import { listMachines } from '../../../bootstrap/settings/list-machines.ts';
import { COMPONENTS_NAMESPACE } from '../../../bootstrap/settings/namespaces.ts';
import { vagrantMachines } from '../../../bootstrap/settings/vagrant-machines.ts';
import { adminKubeconfigFile } from '../../../bootstrap/steps/nodes-step.ts';
import { type ClusterPlace, openContext } from '../../support/open-context.ts';
import { requireRunningMachines } from './machine-power.ts';

/** A machine of a running cluster. */
export interface Machine extends MachineSettings {
  readonly remote: RemoteMachine;
}

/** A running cluster, and the ways into it that faults are injected by. */
export interface FaultCluster {
  readonly context: Context;
  readonly provider: Provider;
  readonly logFile: string;
  readonly master: Machine;
  readonly agents: readonly Machine[];
  /** The master first. */
  readonly machines: readonly Machine[];
  readonly kubernetes: KubernetesClient;
  /** Runs kubectl as administrator in the components' namespace; throws CommandError unless it exits with 0. */
  kubectl(...args: string[]): Promise<string>;
  /** As `kubectl`, returning how it ended whatever the exit code. */
  tryKubectl(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs `./orchestrator.sh` with a subcommand for this cluster. */
  orchestrator(...args: string[]): Promise<void>;
  /** Lets time pass, for faults that last; rejects at Ctrl-C. */
  hold(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a cluster that runs. One that was stopped was stopped by somebody, perhaps for a reason, and is left alone.
 *
 * @throws UserError unless all machines run
 */
export async function openCluster(place: ClusterPlace, signal: AbortSignal): Promise<FaultCluster> {
  const { repository, name } = place;
  const context = await openContext(place, 'faults', signal);
  const { shell, log } = context;
  const { settings } = context.cluster;
  await requireRunningMachines(context);
  const remotes = await connectMachines(context);
  const machine = (one: MachineSettings): Machine => {
    const remote = remotes.get(one.name);
    if (!remote) throw new Error(`There is no machine ${one.name}`);
    return { ...one, remote };
  };
  const described = vagrantMachines(settings);
  const master = machine(described.master);
  const agents = described.agents.map(machine);
  const kubeconfig = adminKubeconfigFile(context);
  const withAccess = (args: readonly string[]) => [
    `--kubeconfig=${kubeconfig}`,
    `--namespace=${COMPONENTS_NAMESPACE}`,
    '--request-timeout=20s',
    ...args,
  ];
  return {
    context,
    provider: await chooseProvider(context),
    logFile: log.file,
    master,
    agents,
    machines: listMachines({ master, agents }),
    kubernetes: connectKubernetes(await readFile(kubeconfig, 'utf8')),
    kubectl: async (...args) => (await shell.run('kubectl', withAccess(args))).stdout,
    tryKubectl: (args, options) => shell.attempt('kubectl', withAccess(args), options),
    async orchestrator(subcommand = '', ...args) {
      const all = [subcommand, '--cluster', name, ...args];
      await shell.run('./orchestrator.sh', all, { cwd: repository, env: place.env });
    },
    hold: (seconds) => pause(seconds * 1000, undefined, { signal }),
    close: () => log.close(),
  };
}
