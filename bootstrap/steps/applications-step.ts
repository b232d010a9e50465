import type { KubernetesClient, ManagedObject } from '../lib/kubernetes.ts';
import type { Report, Step } from '../lib/progress.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import { FIELD_MANAGER } from './field-manager.ts';

export const APPLICATION = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  plural: 'applications',
} as const;
const ROOT = 'root';
const TIMEOUT_MS = 300_000;

/** What Argo CD says of an Application. */
export interface ApplicationStatus {
  readonly sync?: { readonly status?: string; readonly revision?: string };
  readonly health?: { readonly status?: string; readonly message?: string };
  readonly operationState?: { readonly phase?: string; readonly message?: string };
}

/** The status of an Application, empty before Argo CD has looked at it. */
export function statusOf(application: ManagedObject): ApplicationStatus {
  return (application.status ?? {}) as ApplicationStatus;
}

/**
 * Applies the root Application, with the projects that it needs, and waits until everything that comes from
 * it is synced and healthy.
 *
 * @param description the objects that the cluster's folder describes
 */
export function applicationsStep(
  kubernetes: () => Promise<KubernetesClient>,
  description: () => Promise<readonly ManagedObject[]>,
): Step {
  return {
    title: 'Deploy all Applications',
    run: async (report) => {
      const client = await kubernetes();
      const objects = await description();
      const seed = objects.filter((object) => object.kind === 'AppProject' || isRoot(object));
      await client.apply(seed, FIELD_MANAGER);
      await waitForApplications(client, objects, report);
      return undefined;
    },
  };
}

/** Waits until every Application that is described is synced and healthy. */
export async function waitForApplications(
  client: KubernetesClient,
  description: readonly ManagedObject[],
  report: Report,
): Promise<void> {
  const names = description
    .filter((one) => one.kind === APPLICATION.kind)
    .map((one) => one.metadata?.name ?? '');
  await client.waitUntil({
    resource: APPLICATION,
    namespace: ARGO_CD_NAMESPACE,
    description: 'every Application to be Synced and Healthy',
    timeoutMs: TIMEOUT_MS,
    remedy: `See why: kubectl --namespace ${ARGO_CD_NAMESPACE} describe application NAME.`,
    missing: (applications) => describeMissing(names, applications),
    onChange: report,
  });
}

function describeMissing(
  names: readonly string[],
  applications: readonly ManagedObject[],
): string | undefined {
  const missing = names.flatMap((name) => {
    const found = applications.find((application) => application.metadata?.name === name);
    if (!found) return [`${name} (not there yet)`];
    const { sync, health, operationState } = statusOf(found);
    if (sync?.status === 'Synced' && health?.status === 'Healthy') return [];
    const failure = operationState?.phase === 'Failed' ? `, ${operationState.message}` : '';
    return [`${name} (${sync?.status ?? 'Unknown'}, ${health?.status ?? 'Unknown'}${failure})`];
  });
  return missing.length === 0 ? undefined : missing.join(', ');
}

function isRoot(object: ManagedObject): boolean {
  return object.kind === APPLICATION.kind && object.metadata?.name === ROOT;
}
