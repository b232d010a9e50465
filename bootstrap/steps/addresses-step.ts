import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Step } from '../lib/progress.ts';
import { hasHosts } from '../lib/service-host.ts';
import { DeadlineError } from '../lib/watch-until.ts';
import type { Machines } from '../settings/cluster-settings.ts';
import { COMPONENTS_NAMESPACE } from '../settings/namespaces.ts';

/** A cloud makes a load balancer in two or three minutes. */
const TIMEOUT_MS = 300_000;
/** Where nothing may give any, each `create` waits so long. */
const DOUBTFUL_TIMEOUT_MS = 120_000;

/**
 * Waits until what is open to the world has an address. In a cluster that others made, nothing may give any: then the
 * components are reached otherwise, and all else is as it should be.
 *
 * @param doubtfulTimeoutMs how long is waited there
 */
export function addressesStep(
  { provider }: Pick<Machines, 'provider'>,
  kubernetes: () => Promise<KubernetesClient>,
  doubtfulTimeoutMs = DOUBTFUL_TIMEOUT_MS,
): Step {
  const isDoubtful = provider === 'kubeconfig';
  const timeoutMs = isDoubtful ? doubtfulTimeoutMs : TIMEOUT_MS;
  const remedy = `See why: kubectl --namespace ${COMPONENTS_NAMESPACE} describe services.`;
  return {
    title: 'Wait for the addresses',
    run: async (report) => {
      const client = await kubernetes();
      try {
        await client.waitUntil({
          ...hasHosts(COMPONENTS_NAMESPACE, timeoutMs, remedy),
          onChange: (missing) => report(`waiting for ${missing}`),
        });
        return undefined;
      } catch (error) {
        if (!isDoubtful || !(error instanceof DeadlineError)) throw error;
        return 'nothing gives load balancers: kubectl port-forward reaches what has none';
      }
    },
  };
}
