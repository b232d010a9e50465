import { join } from 'node:path';
import type { KubernetesClient } from '../lib/kubernetes.ts';
import { hasCondition } from '../lib/managed-object.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import type { Step } from '../lib/progress.ts';
import { NODE } from '../lib/resource-kinds.ts';
import { waitFor } from '../lib/wait.ts';
import type { RemoteMachine } from '../machines/remote.ts';
import type { Context } from '../settings/context.ts';
import { listMachines } from '../settings/list-machines.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';

const API_TIMEOUT_MS = 180_000;
const NODES_TIMEOUT_MS = 240_000;

/** Where the host keeps the cluster administrator's kubeconfig. */
export function adminKubeconfigFile(context: Pick<Context, 'directories'>): string {
  return join(context.directories.data, 'kubeconfig.yaml');
}

/**
 * Fetches the administrator's kubeconfig from the master, made to reach it from the host, as soon as the API
 * server is ready.
 */
export function kubeconfigStep(
  context: Context,
  machines: () => Promise<ReadonlyMap<string, RemoteMachine>>,
): Step {
  const { master } = vagrantMachines(context.cluster.settings);
  return {
    title: 'Wait for the API server',
    run: async () => {
      const machine = (await machines()).get(master.name);
      const probe = async () => {
        const answer = await machine?.attempt(
          'k3s kubectl get --raw /readyz >&2 && cat /etc/rancher/k3s/k3s.yaml',
          {
            isSecret: true,
          },
        );
        return answer?.exitCode === 0 ? answer.stdout : undefined;
      };
      const kubeconfig = await waitFor({
        description: 'the API server to be ready',
        timeoutMs: API_TIMEOUT_MS,
        remedy: `Look into the log of k3s on ${master.name}: /var/log/k3s.log.`,
        probe,
      });
      const reachable = kubeconfig.replace('https://127.0.0.1:6443', `https://${master.address}:6443`);
      await writePrivateFile(adminKubeconfigFile(context), reachable);
      return undefined;
    },
  };
}

/**
 * Waits until machines are nodes that are Ready.
 *
 * @param only the names of machines; all, unless given
 */
export function nodesStep(
  context: Context,
  kubernetes: () => Promise<KubernetesClient>,
  only: readonly string[] = [],
): Step {
  const names = listMachines(vagrantMachines(context.cluster.settings), only).map(({ name }) => name);
  return {
    title: only.length === 0 ? 'Wait for the nodes' : `Wait for the node ${only.join(', ')}`,
    run: async (report) => {
      await (await kubernetes()).waitUntil({
        resource: NODE,
        description: 'every node to be Ready',
        timeoutMs: NODES_TIMEOUT_MS,
        remedy: 'Look into /var/log/k3s.log on the machine that is missing.',
        missing: (nodes) => {
          const ready = nodes
            .filter((node) => hasCondition(node, 'Ready'))
            .map((node) => node.metadata?.name);
          const missing = names.filter((name) => !ready.includes(name));
          return missing.length === 0 ? undefined : `${missing.join(', ')} not Ready`;
        },
        onChange: report,
      });
      return undefined;
    },
  };
}
