import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Step } from '../lib/progress.ts';
import { DEPLOYMENT } from '../lib/workloads.ts';
import type { Context } from '../settings/context.ts';
import { vagrantMachines } from '../settings/vagrant-machines.ts';
import { FIELD_MANAGER } from './field-manager.ts';

const NAME = 'coredns';
const NAMESPACE = 'kube-system';
const DEPLOYED_TIMEOUT_MS = 60_000;

/**
 * Has name resolution on two nodes, where there are two. K3s's manifest leaves the number of replicas to whoever
 * sets it; only now, with every node Ready, each replica gets a node of its own.
 */
export function dnsStep(context: Context, kubernetes: () => Promise<KubernetesClient>): Step {
  const replicas = Math.min(2, 1 + vagrantMachines(context.cluster.settings).agents.length);
  return {
    title: 'Spread name resolution',
    run: async () => {
      const client = await kubernetes();
      await client.waitUntil({
        resource: DEPLOYMENT,
        namespace: NAMESPACE,
        description: 'CoreDNS to be deployed',
        timeoutMs: DEPLOYED_TIMEOUT_MS,
        remedy: 'Look into the log of k3s on the master: /var/log/k3s.log.',
        missing: (deployments) =>
          deployments.some(({ metadata }) => metadata?.name === NAME) ? undefined : NAME,
      });
      const metadata = { name: NAME, namespace: NAMESPACE };
      const { apiVersion, kind } = DEPLOYMENT;
      await client.apply([{ apiVersion, kind, metadata, spec: { replicas } }], FIELD_MANAGER);
    },
  };
}
