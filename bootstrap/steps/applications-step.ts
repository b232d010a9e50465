import type { KubernetesClient } from '../lib/kubernetes.ts';
import type { ManagedObject } from '../lib/managed-object.ts';
import type { Report, Step } from '../lib/progress.ts';
import { ARGO_CD_NAMESPACE } from '../settings/namespaces.ts';
import { FIELD_MANAGER } from './field-manager.ts';

export const APPLICATION = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  plural: 'applications',
} as const;
/** The Application that makes the others. */
export const ROOT = 'root';
const TIMEOUT_MS = 300_000;

/** What Argo CD says of an Application. */
export interface ApplicationStatus {
  readonly sync?: { readonly status?: string; readonly revision?: string };
  readonly health?: { readonly status?: string; readonly message?: string };
  readonly operationState?: {
    readonly phase?: string;
    readonly message?: string;
    readonly retryCount?: number;
  };
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  /** When Argo CD last compared it with git. */
  readonly reconciledAt?: string;
}

/** The status of an Application, empty before Argo CD has looked at it. */
export function statusOf(application: ManagedObject): ApplicationStatus {
  return (application.status ?? {}) as ApplicationStatus;
}

/** Why an Application is not as git has it, in Argo CD's words; `undefined` where nothing failed. */
export function failureOf(application: ManagedObject): string | undefined {
  const { conditions = [], operationState, sync } = statusOf(application);
  const error = conditions.find(({ type }) => type.endsWith('Error'));
  if (error) return error.message;
  if (sync?.status === 'Synced') return undefined;
  const isRetried = operationState?.phase === 'Running' && (operationState.retryCount ?? 0) > 0;
  const hasFailed = operationState?.phase === 'Failed' || operationState?.phase === 'Error';
  return isRetried || hasFailed ? operationState.message : undefined;
}

/** What the step takes from others. */
export interface ApplicationsInputs {
  readonly kubernetes: () => Promise<KubernetesClient>;
  /** The objects that the cluster's folder describes. */
  readonly description: () => Promise<readonly ManagedObject[]>;
  /** The commit that was pushed. */
  readonly revision: () => Promise<string | undefined>;
  /** Whether others push there, too: a newer commit is as good then. */
  readonly isShared: boolean;
}

/**
 * Applies the root Application, with the projects that it needs, and waits until everything that comes from
 * it is synced, at the commit that was pushed, and healthy.
 */
export function applicationsStep(inputs: ApplicationsInputs): Step {
  return {
    title: 'Deploy all Applications',
    run: async (report) => {
      const client = await inputs.kubernetes();
      const objects = await inputs.description();
      await client.apply(
        objects.filter((object) => object.kind === 'AppProject' || isApplication(object, ROOT)),
        FIELD_MANAGER,
      );
      const names = objects
        .filter((one) => one.kind === APPLICATION.kind)
        .map((one) => one.metadata?.name ?? '');
      const revision = await inputs.revision();
      const lookedAt = await readLooks(client);
      const isDone = (application: ManagedObject, name: string) =>
        statusOf(application).sync?.revision === revision ||
        (inputs.isShared && statusOf(application).reconciledAt !== lookedAt.get(name));
      const isMeant = (application: ManagedObject, name: string) =>
        repositoryOf(application) === repositoryOf(objects.find((one) => isApplication(one, name)));
      await refreshApplications(client);
      await waitForApplications(client, report, (applications) =>
        names.map((name) => {
          const found = applications.find((one) => one.metadata?.name === name);
          const isThere = found && isMeant(found, name) && isDone(found, name);
          return { name, application: isThere ? found : undefined };
        }),
      );
    },
  };
}

/** When Argo CD last looked at each Application that is there, by its name. */
async function readLooks(client: KubernetesClient): Promise<ReadonlyMap<string, string | undefined>> {
  const applications = await client.list(APPLICATION, ARGO_CD_NAMESPACE);
  return new Map(applications.map((one) => [one.metadata?.name ?? '', statusOf(one).reconciledAt]));
}

/** Has Argo CD look at once at those that are there already; a push announces only what it changes. */
async function refreshApplications(client: KubernetesClient): Promise<void> {
  for (const { metadata } of await client.list(APPLICATION, ARGO_CD_NAMESPACE)) {
    const refresh = { 'argocd.argoproj.io/refresh': 'normal' };
    await client.annotate(APPLICATION, metadata?.name ?? '', ARGO_CD_NAMESPACE, refresh);
  }
}

/**
 * Waits until every Application that exists has been looked at by Argo CD since a moment, and is synced and
 * healthy.
 *
 * @param findSince the moment, in milliseconds since 1970
 */
export function allApplicationsStep(
  kubernetes: () => Promise<KubernetesClient>,
  findSince: () => number,
): Step {
  return {
    title: 'Wait for the Applications',
    run: async (report) => {
      const sinceMs = findSince();
      await waitForApplications(await kubernetes(), report, (applications) =>
        applications.map((one) => ({
          name: one.metadata?.name ?? '',
          application: Date.parse(statusOf(one).reconciledAt ?? '') >= sinceMs ? one : undefined,
        })),
      );
    },
  };
}

/** An Application that must be synced and healthy; without one, it is waited for. */
interface Awaited {
  readonly name: string;
  readonly application: ManagedObject | undefined;
}

async function waitForApplications(
  client: KubernetesClient,
  report: Report,
  listAwaited: (applications: readonly ManagedObject[]) => readonly Awaited[],
): Promise<void> {
  await client.waitUntil({
    resource: APPLICATION,
    namespace: ARGO_CD_NAMESPACE,
    description: 'every Application to be Synced and Healthy',
    timeoutMs: TIMEOUT_MS,
    remedy: `See why: kubectl --namespace ${ARGO_CD_NAMESPACE} describe application NAME.`,
    missing: (applications) => {
      const missing = listAwaited(applications).flatMap(describeMissing);
      return missing.length === 0 ? undefined : missing.join(', ');
    },
    onChange: report,
  });
}

function describeMissing({ name, application }: Awaited): string[] {
  if (!application) return [`${name} (not looked at yet)`];
  const { sync, health } = statusOf(application);
  if (sync?.status === 'Synced' && health?.status === 'Healthy') return [];
  const failure = failureOf(application);
  const reason = failure ? `, ${failure}` : '';
  return [`${name} (${sync?.status ?? 'Unknown'}, ${health?.status ?? 'Unknown'}${reason})`];
}

function isApplication(object: ManagedObject, name: string): boolean {
  return object.kind === APPLICATION.kind && object.metadata?.name === name;
}

/** Which repository an Application follows. */
export function repositoryOf(application: ManagedObject | undefined): string | undefined {
  return (application?.spec as { source?: { repoURL?: string } } | undefined)?.source?.repoURL;
}
