import type { Step } from '../lib/progress.ts';
import { removeOrphanedContainers } from '../machines/orphaned-containers.ts';
import { chooseProvider } from '../machines/provider.ts';
import { startMachines } from '../machines/vagrant.ts';
import type { Context } from '../settings/context.ts';

/** What a machine that is a container is made of. */
export interface ContainerMachine {
  /** The Docker client. */
  readonly docker: string;
  readonly image: string;
}

/**
 * Makes the machines that don't exist and starts those that don't run.
 *
 * @param provideContainerMachine asked only where machines are containers
 * @param only the names of machines; all, unless given
 */
export function machinesStep(
  context: Context,
  provideContainerMachine: () => Promise<ContainerMachine>,
  only: readonly string[] = [],
): Step {
  return {
    title: only.length === 0 ? 'Start the machines' : `Start the machine ${only.join(', ')}`,
    run: async (report) => {
      const provider = await chooseProvider(context);
      if (provider !== 'docker') {
        await startMachines(context, { provider }, report, only);
        return undefined;
      }
      const { docker, image } = await provideContainerMachine();
      await removeOrphanedContainers(context, docker);
      await startMachines(context, { provider, machineImage: image }, report, only);
      return undefined;
    },
  };
}
