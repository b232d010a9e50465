import type { ClusterObjects } from '../cluster/cluster-objects.ts';
import { listRollouts } from './rollout.ts';
import type { Travel } from './travel.ts';

/** What is there of what a commit may concern. */
export interface Existing {
  readonly applications: ReadonlySet<string>;
  /** The keys of their workloads. */
  readonly workloads: ReadonlySet<string>;
}

/** Lists what is there now. */
export function listExisting(objects: ClusterObjects): Existing {
  const applications = objects.list('Application');
  const rollouts = applications.flatMap((application) => listRollouts(objects, application));
  return {
    applications: new Set(applications.map(({ metadata }) => metadata.name)),
    workloads: new Set(rollouts.map(({ key }) => key)),
  };
}

/** What was removed on the way is not waited for. */
export function forgetRemoved({ applications, workloads }: Travel, existing: Existing): void {
  for (const name of applications.keys()) if (!existing.applications.has(name)) applications.delete(name);
  for (const [key, { ready, answered }] of workloads)
    if (!existing.workloads.has(key) && !(ready && answered)) workloads.delete(key);
}
