import type { KubernetesClient } from '../../bootstrap/lib/kubernetes.ts';
import type { ManagedObject } from '../../bootstrap/lib/managed-object.ts';
import { ARGO_CD_NAMESPACE } from '../../bootstrap/settings/namespaces.ts';
import { APPLICATION, failureOf, statusOf } from '../../bootstrap/steps/applications-step.ts';

/** A push, and the Applications that it changes. */
export interface MeasuredPush {
  readonly applications: readonly string[];
  /** The commit that is pushed. */
  readonly revision: string;
  readonly push: () => Promise<unknown>;
  readonly timeoutMs: number;
}

/** Seconds from the moment when `git push` was started. */
export interface PushTimes {
  /** Until it ended: the server has the commit, and has told Argo CD. */
  readonly pushed: number;
  /** Until the last Application was Synced at the commit. */
  readonly synced: number;
}

/**
 * Pushes, and watches until Argo CD says of each Application that it is Synced at the commit.
 *
 * @throws UserError when the time has passed
 */
export async function measurePush(
  client: KubernetesClient,
  { applications, revision, push, timeoutMs }: MeasuredPush,
): Promise<PushTimes> {
  const startedAtMs = performance.now();
  const elapsed = () => (performance.now() - startedAtMs) / 1000;
  let synced = Number.NaN;
  const [pushed] = await Promise.all([
    push().then(elapsed),
    waitForApplications(client, {
      description: `${applications.length} Applications to be Synced at ${revision.slice(0, 7)}`,
      timeoutMs,
      applications,
      isReached: (application) => isSyncedAt(application, revision),
      // Ending the watch takes its time, too.
      onReached: () => {
        synced = elapsed();
      },
    }),
  ]);
  return { pushed, synced };
}

/** A state that Applications are waited for. */
export interface AwaitedApplications {
  readonly description: string;
  readonly timeoutMs: number;
  /** Their names. */
  readonly applications: readonly string[];
  readonly isReached: (application: ManagedObject) => boolean;
  readonly onReached?: () => void;
}

/**
 * Watches until all Applications of these names are in a state.
 *
 * @throws UserError when the time has passed; it says which are missing
 */
export async function waitForApplications(
  client: KubernetesClient,
  state: AwaitedApplications,
): Promise<void> {
  const { description, timeoutMs, applications, isReached, onReached } = state;
  await client.waitUntil({
    resource: APPLICATION,
    namespace: ARGO_CD_NAMESPACE,
    description,
    timeoutMs,
    remedy: `See why: kubectl --namespace ${ARGO_CD_NAMESPACE} describe application NAME.`,
    missing: (objects) => {
      const there = new Map(objects.map((one) => [one.metadata?.name ?? '', one]));
      const missing = applications.filter((name) => {
        const application = there.get(name);
        return !application || !isReached(application);
      });
      if (missing.length > 0) return describeMissing(missing, there);
      onReached?.();
      return undefined;
    },
  });
}

/** Whether Argo CD says that a commit is what the cluster has. */
export function isSyncedAt(application: ManagedObject, revision: string): boolean {
  const { sync } = statusOf(application);
  return sync?.status === 'Synced' && sync.revision === revision;
}

/** Whether all that an Application made works. */
export function isHealthy(application: ManagedObject): boolean {
  return statusOf(application).health?.status === 'Healthy';
}

function describeMissing(names: readonly string[], there: ReadonlyMap<string, ManagedObject>): string {
  const shown = names.slice(0, 3).map((name) => {
    const application = there.get(name);
    if (!application) return `${name} (not there)`;
    const { sync, health } = statusOf(application);
    const failure = failureOf(application);
    return `${name} (${sync?.status} at ${sync?.revision?.slice(0, 7)}, ${health?.status}${failure ? `, ${failure}` : ''})`;
  });
  const others = names.length - shown.length;
  return `${shown.join(', ')}${others > 0 ? ` and ${others} others` : ''}`;
}
