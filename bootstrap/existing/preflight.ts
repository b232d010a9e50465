import type { Finding } from '../checks/finding.ts';
import { inspectHost } from '../checks/preflight.ts';
import { UserError } from '../lib/errors.ts';
import { connectKubernetes } from '../lib/kubernetes.ts';
import type { Context } from '../settings/context.ts';
import { inspectCluster } from './cluster-checks.ts';
import { serverOf } from './select-context.ts';

/** Looks at all that `create` needs of this machine and of a cluster that others made; changes nothing. */
export async function inspectExisting(
  context: Context,
  kubeconfig: string | undefined,
  fromPackages: boolean,
): Promise<Finding[]> {
  const host = await inspectHost(context, fromPackages);
  if (kubeconfig === undefined) return [...host, missingKubeconfig(context)];
  return [...host, ...(await inspectCluster(context, connectKubernetes(kubeconfig), serverOf(kubeconfig)))];
}

function missingKubeconfig({ cluster }: Context): Finding {
  const { message, remedy } = kubeconfigNeeded(cluster.name);
  return { subject: 'cluster', isFine: false, detail: message, remedy };
}

/** The error that a cluster which others made can't be found without its kubeconfig. */
export function kubeconfigNeeded(clusterName: string): UserError {
  return new UserError(
    `clusters/${clusterName}/cluster.yaml is about a cluster that exists, and no kubeconfig was given`,
    `./orchestrator.sh create --cluster ${clusterName} --kubeconfig FILE`,
  );
}
