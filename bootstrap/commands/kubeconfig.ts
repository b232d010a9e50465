import type { Command } from 'commander';
import { contextName, mergeClusterKubeconfig } from '../steps/user-kubeconfig-step.ts';
import { readAdminKubeconfig } from './cluster-access.ts';
import { addCommonOptions, type CommonOptions, runSession } from './session.ts';

interface KubeconfigOptions extends CommonOptions {
  readonly print: boolean;
  readonly switch: boolean;
}

/** `kubeconfig`: merges the cluster into the user's kubeconfig, or prints its own. */
export function registerKubeconfig(program: Command): void {
  addCommonOptions(program.command('kubeconfig').description("merge the cluster into the user's kubeconfig"))
    .option('--print', "print the cluster's own kubeconfig (it is secret), and change nothing", false)
    .option('--no-switch', 'leave the current context as it is')
    .action((options: KubeconfigOptions) =>
      runSession('kubeconfig', options, async ({ context }) => {
        const kubeconfig = await readAdminKubeconfig(context);
        if (options.print) {
          process.stdout.write(kubeconfig);
          return;
        }
        await mergeClusterKubeconfig(context, options.switch);
        const { kubeconfig: file } = context.environment;
        process.stdout.write(`${file} has the context ${contextName(context.cluster.name)}\n`);
      }),
    );
}
