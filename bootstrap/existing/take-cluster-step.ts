import { noteSource, type Source } from '../artifacts/source.ts';
import { connectKubernetes } from '../lib/kubernetes.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import type { Step } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { adminKubeconfigFile } from '../steps/nodes-step.ts';
import { noteIdentity, readIdentity } from './cluster-identity.ts';
import { serverOf } from './select-context.ts';

/** Keeps the kubeconfig of a cluster that others made, and notes which cluster that is: from now on it is this one. */
export function takeClusterStep(context: Context, source: Source, kubeconfig: string): Step {
  return {
    title: 'Take the cluster',
    run: async () => {
      await noteIdentity(context, await readIdentity(connectKubernetes(kubeconfig)));
      await writePrivateFile(adminKubeconfigFile(context), kubeconfig);
      // Another source would be another Argo CD.
      await noteSource(context, source);
      return serverOf(kubeconfig);
    },
  };
}
