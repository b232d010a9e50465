import type { Push } from './push.ts';

/** When something happened, and whether it was seen here as it happened. */
export interface Moment {
  readonly atMs: number;
  /** False for what the cluster recorded, in whole seconds. */
  readonly isExact: boolean;
}

/** What a commit did to one workload: its pods got another template. */
export interface ChangedWorkload {
  readonly name: string;
  readonly template: string;
  podUids: ReadonlySet<string>;
  readyPods: number;
  wantedPods: number;
  /** When the first of the new pods had all its images, and what the node said of them. */
  image?: Moment & { readonly detail: string };
  ready?: Moment;
  /** When one of the new pods had answered a request. */
  answered?: Moment;
  /** Whether its pods count requests; undefined before they were asked. */
  isMeasured?: boolean;
  /** Why its new pods don't get ready. */
  problem?: string;
}

/** What a commit did to one Application. */
export interface ConcernedApplication {
  readonly name: string;
  synced?: Moment;
  /** Why it can't be synced. */
  problem?: string;
}

/** All that was seen of one commit's way. */
export interface Travel {
  readonly revision: string;
  /** Whether it was there before this page began to look. */
  readonly isPast: boolean;
  push?: Push;
  pushed?: Moment;
  /** When it was first heard of, by whatever. */
  readonly firstSeenMs: number;
  readonly applications: Map<string, ConcernedApplication>;
  /** When an Application that it doesn't concern was seen at it, where it concerns none. */
  seenByArgoCd?: Moment;
  /** The templates of all workloads before it. */
  readonly templatesBefore: ReadonlyMap<string, string>;
  readonly workloads: Map<string, ChangedWorkload>;
  /** The commit that took over before this one was through. */
  overtakenBy?: string;
}
