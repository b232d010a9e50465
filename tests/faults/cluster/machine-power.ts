import { UserError } from '../../../bootstrap/lib/errors.ts';
import { chooseProvider, vagrantFolder } from '../../../bootstrap/machines/provider.ts';
import { readMachineStates } from '../../../bootstrap/machines/vagrant.ts';
import type { Context } from '../../../bootstrap/settings/context.ts';
import type { FaultCluster, Machine } from './fault-cluster.ts';

/**
 * Takes a machine's power away. Under the docker provider `vagrant halt --force` would end it in order, so there
 * its container is killed.
 *
 * @returns what was done, in words
 */
export async function powerOff({ context, provider }: FaultCluster, { name }: Machine): Promise<string> {
  if (provider === 'docker') {
    await context.shell.run('docker', ['kill', `orchestrator-${context.cluster.name}-${name}`]);
    return `docker kill of the machine ${name}: all of its processes by SIGKILL, its network gone`;
  }
  await runVagrant(context, ['halt', '--force', name]);
  return `vagrant halt --force ${name}`;
}

/** @throws UserError that names the machines that don't run */
export async function requireRunningMachines(context: Context): Promise<void> {
  const stopped = await listStoppedMachines(context);
  if (stopped.length === 0) return;
  throw new UserError(
    `Not all machines run: ${stopped.join(', ')}.`,
    `If nobody stopped them on purpose: ./orchestrator.sh start --cluster ${context.cluster.name}`,
  );
}

/** Starts the machines that don't run; returns their names. */
export async function startStoppedMachines(context: Context): Promise<readonly string[]> {
  const stopped = await listStoppedMachines(context);
  if (stopped.length > 0)
    await runVagrant(context, [
      'up',
      '--provider',
      await chooseProvider(context),
      '--no-provision',
      ...stopped,
    ]);
  return stopped;
}

async function listStoppedMachines(context: Context): Promise<readonly string[]> {
  const states = await readMachineStates(context);
  return [...states].filter(([, state]) => state !== 'running').map(([name]) => name);
}

async function runVagrant(context: Context, args: readonly string[]): Promise<void> {
  const env = {
    CLUSTER: context.cluster.name,
    VAGRANT_DOTFILE_PATH: vagrantFolder(context),
    VAGRANT_CHECKPOINT_DISABLE: '1',
  };
  await context.shell.run('vagrant', args, { cwd: context.repository, env });
}
