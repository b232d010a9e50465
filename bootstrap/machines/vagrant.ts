import { UserError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import { CommandError, type RunOptions, type RunResult } from '../lib/shell.ts';
import { waitFor } from '../lib/wait.ts';
import type { Provider } from '../settings/cluster-settings.ts';
import type { Context } from '../settings/context.ts';
import { vagrantFolder } from './provider.ts';

/** Whether a machine runs, is halted, or was never made. */
export type MachineState = 'running' | 'stopped' | 'missing';

/** What Vagrant is told besides the settings that the Vagrantfile reads itself. */
export interface VagrantOptions {
  readonly provider: Provider;
  /** The image of a machine that is a container. */
  readonly machineImage?: string;
}

const LOCKED = /another process is already executing an action/;
/** A `create` that was killed may have left a `vagrant up` behind, which is let to finish. */
const LOCK_TIMEOUT_MS = 180_000;

/** Makes the machines that don't exist and starts those that don't run; all, unless names are given. */
export async function startMachines(
  context: Context,
  options: VagrantOptions,
  report: Report,
  names: readonly string[] = [],
): Promise<void> {
  await runVagrant(context, ['up', ...names, '--provider', options.provider, '--no-provision'], {
    ...(options.machineImage ? { env: { MACHINE_IMAGE: options.machineImage } } : {}),
    onLine: (line) => report(line.replace(/^==> /, '')),
  });
}

/** Shuts the machines down; what is on their disks stays. */
export async function haltMachines(context: Context, report: Report): Promise<void> {
  await runVagrant(context, ['halt'], { onLine: (line) => report(line.replace(/^==> /, '')) });
}

/** Removes machines with their disks, and the network if nobody else is on it; all, unless names are given. */
export async function destroyMachines(
  context: Context,
  report: Report,
  names: readonly string[] = [],
): Promise<void> {
  await runVagrant(context, ['destroy', ...names, '--force'], {
    onLine: (line) => report(line.replace(/^==> /, '')),
  });
}

/** The state of every machine in the settings, by its name. */
export async function readMachineStates(context: Context): Promise<ReadonlyMap<string, MachineState>> {
  const status = await runVagrant(context, ['status', '--machine-readable']);
  return parseMachineStates(status.stdout);
}

/**
 * Reads the states from `vagrant status --machine-readable`, lines of `timestamp,target,type,data`
 * (https://developer.hashicorp.com/vagrant/docs/cli/machine-readable).
 */
export function parseMachineStates(output: string): ReadonlyMap<string, MachineState> {
  const states = new Map<string, MachineState>();
  for (const line of output.split('\n')) {
    const [, machine, type, state] = line.split(',');
    if (type !== 'state' || !machine) continue;
    if (state === 'running') states.set(machine, 'running');
    else states.set(machine, state === 'not_created' ? 'missing' : 'stopped');
  }
  return states;
}

/**
 * The configuration by which ssh(1) reaches machines under their names.
 *
 * @param names which machines; all, unless given
 * @throws UserError when not all of them run
 */
export async function readSshConfig(context: Context, names: readonly string[] = []): Promise<string> {
  try {
    // Vagrant takes one name at a time.
    const asked = names.length === 0 ? [[]] : names.map((name) => [name]);
    const texts: string[] = [];
    for (const one of asked) {
      texts.push((await runVagrant(context, ['ssh-config', ...one], { isSecret: true })).stdout);
    }
    return texts.join('\n');
  } catch (error) {
    const isMeant = (name: string) => names.length === 0 || names.includes(name);
    const states = [...(await readMachineStates(context))].filter(
      ([name, state]) => isMeant(name) && state !== 'running',
    );
    if (states.length === 0) throw error;
    const machines = states.map(([name, state]) => `${name} is ${state}`).join(', ');
    throw new UserError(`not all machines run: ${machines}`, 'Run the command again: it starts them.', {
      cause: error,
    });
  }
}

async function runVagrant(
  context: Context,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const env = {
    CLUSTER: context.cluster.name,
    VAGRANT_DOTFILE_PATH: vagrantFolder(context),
    VAGRANT_CHECKPOINT_DISABLE: '1',
    ...options.env,
  };
  return await waitFor({
    description: 'another Vagrant to let go of the machines',
    timeoutMs: LOCK_TIMEOUT_MS,
    intervalMs: 2000,
    remedy:
      'See whether another `vagrant` or `orchestrator.sh` runs for this cluster; end it, or wait for it.',
    probe: async () => {
      try {
        return await context.shell.run('vagrant', args, { ...options, cwd: context.repository, env });
      } catch (error) {
        if (error instanceof CommandError && LOCKED.test(error.result.stderr)) return undefined;
        throw error;
      }
    },
  });
}
