import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import type { Context } from '../settings/context.ts';
import { listMachines } from '../settings/list-machines.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import { K3S_PROGRAM } from './node-files.ts';
import { vagrantFolder } from './provider.ts';

/**
 * Removes containers that have the names of this cluster's machines and that Vagrant doesn't know: an engine
 * that fails between making and starting a container leaves one behind, as does a `create` that is killed
 * there, and no other can get the name then.
 *
 * @param docker the Docker client
 * @throws UserError when K3s was installed in one of them: somebody's cluster is in it
 */
export async function removeOrphanedContainers(context: Context, docker: string): Promise<void> {
  const { shell, cluster } = context;
  for (const machine of listMachines(vagrantMachines(cluster.settings))) {
    const container = `orchestrator-${cluster.name}-${machine.name}`;
    const found = await shell.attempt(docker, ['container', 'inspect', '--format', '{{.Id}}', container]);
    const id = found.stdout.trim();
    if (found.exitCode !== 0 || (await readKnownId(context, machine.name)) === id) continue;
    const changes = await shell.run(docker, ['container', 'diff', id]);
    if (changes.stdout.split('\n').includes(`A ${K3S_PROGRAM}`)) throw createError(container);
    await shell.run(docker, ['container', 'rm', '--force', '--volumes', id]);
  }
}

/** The container that Vagrant knows as a machine (https://developer.hashicorp.com/vagrant/docs/providers/docker). */
async function readKnownId(context: Context, machine: string): Promise<string | undefined> {
  const file = join(vagrantFolder(context), 'machines', machine, 'docker', 'id');
  const id = await readFile(file, 'utf8').catch(() => undefined);
  return id?.trim();
}

function createError(container: string): UserError {
  return new UserError(
    `the container ${container} is a machine of a cluster that another clone of this repository made`,
    'Run `./orchestrator.sh destroy` in that clone, or give this cluster another name and other addresses. ' +
      `If that clone is gone: docker rm --force --volumes ${container} removes the machine with its data.`,
  );
}
