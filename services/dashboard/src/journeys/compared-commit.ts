import type { ApplicationObject } from '../cluster/objects.ts';

/** A commit's name in full, by SHA-1 or SHA-256. Source: https://git-scm.com/docs/hash-function-transition */
const commitName = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The commit that Argo CD has compared an Application with last; undefined if there is none so far. Of an Application
 * whose manifests can't be read, for example because it was just removed from the repository, Argo CD gives the
 * branch's name in its place.
 */
export function comparedCommit({ status }: ApplicationObject): string | undefined {
  const revision = status?.sync?.revision;
  return revision !== undefined && commitName.test(revision) ? revision : undefined;
}
