import type { Step } from '../lib/progress.ts';
import { chooseProvider } from '../machines/provider.ts';
import { startMachines } from '../machines/vagrant.ts';
import type { Context } from '../settings/context.ts';

/** Makes the machines that don't exist and starts those that don't run. */
export function machinesStep(context: Context, findMachineImage: () => Promise<string | undefined>): Step {
  return {
    title: 'Start the machines',
    run: async (report) => {
      const machineImage = await findMachineImage();
      const provider = await chooseProvider(context);
      await startMachines(context, { provider, ...(machineImage ? { machineImage } : {}) }, report);
      return undefined;
    },
  };
}
