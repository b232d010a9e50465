import { readFile } from 'node:fs/promises';
import { mergeKubeconfig, readOnlyEntry } from '../lib/kubeconfig-file.ts';
import type { Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { COMPONENTS_NAMESPACE } from '../settings/namespaces.ts';
import { adminKubeconfigFile } from './nodes-step.ts';

/** The name of a cluster's context in the user's kubeconfig. */
export function contextName(clusterName: string): string {
  return `orchestrator-${clusterName}`;
}

/** Merges the cluster into the user's kubeconfig and makes it the current context. */
export function userKubeconfigStep(context: Context): Step {
  return {
    title: 'Merge the kubeconfig',
    run: async () => {
      await mergeClusterKubeconfig(context, true);
      return contextName(context.cluster.name);
    },
  };
}

/** As {@link userKubeconfigStep}; `makeCurrent` tells whether the current context changes. */
export async function mergeClusterKubeconfig(context: Context, makeCurrent: boolean): Promise<void> {
  const text = await readFile(adminKubeconfigFile(context), 'utf8');
  const entry = readOnlyEntry(text, contextName(context.cluster.name), COMPONENTS_NAMESPACE);
  await mergeKubeconfig(context.environment.kubeconfig, entry, makeCurrent);
}
