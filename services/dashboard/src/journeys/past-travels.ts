import type { ApplicationObject } from '../cluster/objects.ts';
import { comparedCommit } from './compared-commit.ts';
import type { Travel } from './travel.ts';

/**
 * What the cluster itself remembers of commits from before this page looked: when Argo CD deployed them.
 * @returns the oldest first
 */
export function listPastTravels(applications: readonly ApplicationObject[]): Travel[] {
  const travels = new Map<string, Travel>();
  const deployments = applications.flatMap(({ metadata, status }) =>
    (status?.history ?? []).flatMap(({ revision, deployedAt }) =>
      revision && deployedAt ? [{ name: metadata.name, revision, atMs: Date.parse(deployedAt) }] : [],
    ),
  );
  for (const { name, revision, atMs } of deployments.sort((one, other) => one.atMs - other.atMs)) {
    const travel = travels.get(revision) ?? createPastTravel(revision, atMs);
    travels.set(revision, travel);
    travel.applications.set(name, { name, synced: { atMs, isExact: false } });
  }
  // Applications that a commit doesn't concern are at it, too, without a deployment.
  for (const application of applications) {
    const revision = comparedCommit(application);
    if (revision === undefined || travels.has(revision)) continue;
    const atMs = Date.parse(application.status?.reconciledAt ?? '') || 0;
    travels.set(revision, { ...createPastTravel(revision, atMs), seenByArgoCd: { atMs, isExact: false } });
  }
  return [...travels.values()].sort((one, other) => one.firstSeenMs - other.firstSeenMs);
}

function createPastTravel(revision: string, atMs: number): Travel {
  return {
    revision,
    isPast: true,
    firstSeenMs: atMs,
    applications: new Map(),
    templatesBefore: new Map(),
    workloads: new Map(),
  };
}
