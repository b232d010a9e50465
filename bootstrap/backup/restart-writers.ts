import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Step } from '../lib/progress.ts';
import { DEPLOYMENT, isRolledOut, STATEFUL_SET } from '../lib/workloads.ts';
import { COMPONENTS_NAMESPACE } from '../settings/namespaces.ts';

const TIMEOUT_MS = 180_000;
/** The components that have a schema, which they bring up to date when they start. */
const WRITERS = [
  { resource: DEPLOYMENT, name: 'inventory-app' },
  { resource: STATEFUL_SET, name: 'billing-app' },
] as const;

/**
 * Restarts what migrates the databases, one pod after the other, so that an older backup gets the newest schema.
 * The annotation is that of `kubectl rollout restart`.
 */
export function restartWriters(kubernetes: KubernetesClient): Step {
  return {
    title: 'Bring the schemas up to date',
    run: async (report) => {
      const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
      for (const { resource, name } of WRITERS) {
        const patch = { spec: { template: { metadata: { annotations } } } };
        await kubernetes.merge(resource, name, COMPONENTS_NAMESPACE, patch);
      }
      for (const { resource, name } of WRITERS)
        await kubernetes.waitUntil({
          resource,
          namespace: COMPONENTS_NAMESPACE,
          description: `${name} to be restarted`,
          timeoutMs: TIMEOUT_MS,
          remedy: `See why: kubectl --namespace ${COMPONENTS_NAMESPACE} get pods,events.`,
          onChange: report,
          missing: (workloads) => {
            const workload = workloads.find(({ metadata }) => metadata?.name === name);
            return workload && isRolledOut(workload) ? undefined : name;
          },
        });
      return undefined;
    },
  };
}
