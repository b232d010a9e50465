import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { Report } from '../lib/progress.ts';
import { DEPLOYMENT, isRolledOut, STATEFUL_SET } from '../lib/workloads.ts';
import { COMPONENTS_NAMESPACE } from '../settings/namespaces.ts';
import { CONSUMERS } from './rotated-secrets.ts';

/** Tells with which rotation's passwords pods were started. */
const ROTATION_ANNOTATION = 'orchestrator/passwords';
const TIMEOUT_MS = 300_000;

/**
 * Restarts what uses the passwords, one workload after the other, each as it is when it is released: a new pod serves
 * before an old one goes. One that was restarted for this rotation already is not restarted again.
 */
export async function restartConsumers(
  kubernetes: KubernetesClient,
  rotation: string,
  report: Report,
): Promise<void> {
  const annotations = { [ROTATION_ANNOTATION]: rotation };
  for (const { kind, name } of CONSUMERS) {
    const resource = kind === 'Deployment' ? DEPLOYMENT : STATEFUL_SET;
    await kubernetes.merge(resource, name, COMPONENTS_NAMESPACE, {
      spec: { template: { metadata: { annotations } } },
    });
    await kubernetes.waitUntil({
      resource,
      namespace: COMPONENTS_NAMESPACE,
      description: `${name} to be restarted`,
      timeoutMs: TIMEOUT_MS,
      remedy: `See why: kubectl --namespace ${COMPONENTS_NAMESPACE} get pods,events. Then run the command again: it goes on where it stopped.`,
      onChange: report,
      missing: (workloads) => {
        const workload = workloads.find(({ metadata }) => metadata?.name === name);
        if (!workload) return `there is no ${name}`;
        return isRolledOut(workload) ? undefined : `${name} restarts`;
      },
    });
  }
}
