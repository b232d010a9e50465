import type { ClusterObjects } from '../cluster/cluster-objects.ts';
import type { ApplicationObject, PodObject } from '../cluster/objects.ts';
import type { Journey } from '../view/view.ts';
import { failureOf, isSyncedAt } from './application-progress.ts';
import { comparedCommit } from './compared-commit.ts';
import { isConcernedBy } from './concerned-by.ts';
import { describeJourney } from './describe-journey.ts';
import { forgetRemoved, listExisting } from './forget-removed.ts';
import { isFollowed } from './is-followed.ts';
import { listPastTravels } from './past-travels.ts';
import type { Push } from './push.ts';
import { listRollouts, type Rollout } from './rollout.ts';
import type { Travel } from './travel.ts';
import { updateWorkload } from './update-workload.ts';

/** How many commits are kept. */
const maxTravels = 10;

/**
 * Follows commits from the push to the first answered request. It is told of pushes, of the cluster's objects whenever
 * they have changed, and of answers; it asks nobody and has no clock.
 */
export class JourneyTracker {
  /** The oldest first. */
  #travels: Travel[] = [];
  /** Also those that are no longer kept: a commit that the cluster is still at is not a new one. */
  readonly #known = new Set<string>();
  #hasBegun = false;

  /** To be called when all objects are known for the first time: what is there now is past. */
  begin(objects: ClusterObjects): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#forgetUnfollowed(objects.list('Application'));
    const known = new Set(this.#travels.map(({ revision }) => revision));
    const past = listPastTravels(objects.list('Application')).filter(({ revision }) => !known.has(revision));
    for (const { revision } of past) this.#known.add(revision);
    this.#travels = [...past, ...this.#travels].slice(-maxTravels);
  }

  /** A push was told of. One that is told of again changes nothing, nor does one to a branch that nobody follows. */
  push(push: Push, objects: ClusterObjects, nowMs: number): void {
    if (this.#hasBegun && !isFollowed(push, objects.list('Application'))) return;
    const known = this.#find(push.revision);
    // A branch that goes back to an older commit begins a way of its own.
    if (known?.push && known === this.#travels.at(-1)) return;
    const travel = known && !known.isPast && !known.push ? known : this.#add(push.revision, objects, nowMs);
    travel.push = push;
    travel.pushed = { atMs: nowMs, isExact: true };
    this.observe(objects, nowMs);
  }

  /** Looks at what the cluster is now. */
  observe(objects: ClusterObjects, nowMs: number): void {
    if (!this.#hasBegun) return;
    for (const application of objects.list('Application')) this.#discover(application, objects, nowMs);
    const open = this.#travels.filter((travel) => !travel.isPast && travel.overtakenBy === undefined);
    if (open.length === 0) return;
    const existing = listExisting(objects);
    for (const travel of open) {
      forgetRemoved(travel, existing);
      this.#observeApplications(travel, objects, nowMs);
      for (const rollout of this.#listSyncedRollouts(travel, objects))
        updateWorkload(travel, rollout, objects, nowMs);
    }
    this.#markOvertaken();
  }

  /** The new pods of which nobody knows yet that they have answered a request. */
  listUnanswered(objects: ClusterObjects): readonly PodObject[] {
    const awaited = this.#listAwaited();
    return objects
      .list('Pod')
      .filter(({ metadata }) => awaited.some(({ podUids }) => podUids.has(metadata.uid ?? '')));
  }

  /**
   * A pod was asked how many requests it has answered.
   * @param answers undefined where it doesn't count them
   */
  answered(podUid: string, answers: number | undefined, nowMs: number): void {
    for (const workload of this.#listAwaited().filter(({ podUids }) => podUids.has(podUid))) {
      workload.isMeasured = answers !== undefined;
      if (answers !== undefined && answers > 0) workload.answered = { atMs: nowMs, isExact: true };
    }
  }

  /** The ways of the commits, the newest first. */
  list(nowMs: number): Journey[] {
    return this.#travels.map((travel) => describeJourney(travel, nowMs)).reverse();
  }

  #listAwaited() {
    return this.#travels
      .filter(({ overtakenBy }) => overtakenBy === undefined)
      .flatMap(({ workloads }) => [...workloads.values()])
      .filter(({ answered, isMeasured }) => answered === undefined && isMeasured !== false);
  }

  /** Pushes that were told of before it was known which branches are followed. */
  #forgetUnfollowed(applications: readonly ApplicationObject[]): void {
    const unfollowed = this.#travels.filter(({ push }) => push && !isFollowed(push, applications));
    for (const { revision } of unfollowed) this.#known.delete(revision);
    this.#travels = this.#travels.filter((travel) => !unfollowed.includes(travel));
  }

  #find(revision: string): Travel | undefined {
    return this.#travels.findLast((travel) => travel.revision === revision);
  }

  #add(revision: string, objects: ClusterObjects, nowMs: number): Travel {
    const rollouts = objects.list('Application').flatMap((application) => listRollouts(objects, application));
    const travel: Travel = {
      revision,
      isPast: false,
      firstSeenMs: nowMs,
      applications: new Map(),
      templatesBefore: new Map(rollouts.map(({ key, template }) => [key, template])),
      workloads: new Map(),
    };
    this.#known.add(revision);
    this.#travels = [...this.#travels, travel].slice(-maxTravels);
    return travel;
  }

  /** Finds commits that nobody told of. */
  #discover(application: ApplicationObject, objects: ClusterObjects, nowMs: number): void {
    const revision = comparedCommit(application);
    if (revision === undefined || this.#known.has(revision)) return;
    this.#add(revision, objects, nowMs);
  }

  #observeApplications(travel: Travel, objects: ClusterObjects, nowMs: number): void {
    const now = { atMs: nowMs, isExact: true };
    for (const application of objects.list('Application')) {
      const { name } = application.metadata;
      const isAtRevision = isSyncedAt(application, travel.revision);
      if (!isConcerned(travel, application)) {
        if (isAtRevision) travel.seenByArgoCd ??= now;
        continue;
      }
      const concerned = travel.applications.get(name) ?? { name };
      travel.applications.set(name, concerned);
      if (isAtRevision) concerned.synced ??= now;
      const problem = concerned.synced ? undefined : failureOf(application, travel.revision);
      if (problem === undefined) delete concerned.problem;
      else concerned.problem = problem;
    }
  }

  #listSyncedRollouts(travel: Travel, objects: ClusterObjects): Rollout[] {
    return [...travel.applications.values()]
      .filter(({ synced }) => synced !== undefined)
      .flatMap(({ name }) => objects.list('Application').filter(({ metadata }) => metadata.name === name))
      .flatMap((application) => listRollouts(objects, application));
  }

  /** A commit is overtaken when a newer one is synced where it is not through. */
  #markOvertaken(): void {
    for (const [index, travel] of this.#travels.entries()) {
      if (travel.isPast || travel.overtakenBy !== undefined || isThrough(travel)) continue;
      const newer = this.#travels
        .slice(index + 1)
        .find(({ applications }) =>
          [...travel.applications.keys()].some((name) => applications.get(name)?.synced !== undefined),
        );
      if (newer) travel.overtakenBy = newer.revision;
    }
  }
}

function isThrough({ applications, workloads }: Travel): boolean {
  return (
    [...applications.values()].every(({ synced }) => synced !== undefined) &&
    [...workloads.values()].every(
      ({ ready, answered, isMeasured }) => ready && (answered || isMeasured === false),
    )
  );
}

function isConcerned({ push, revision }: Travel, application: ApplicationObject): boolean {
  if (push?.files) return isConcernedBy(application, push.files);
  return application.status?.operationState?.syncResult?.revision === revision;
}
