import type { ApplicationObject } from '../cluster/objects.ts';
import type { Push } from './push.ts';

/**
 * Whether a push is to a branch that an Application follows: no other gets anywhere. Where none is known yet, it may be.
 * Source: https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/#git
 */
export function isFollowed(
  { branch, isDefaultBranch = true }: Push,
  applications: readonly ApplicationObject[],
): boolean {
  const names = new Set([branch, `refs/heads/${branch}`, ...(isDefaultBranch ? ['HEAD'] : [])]);
  // A tag or a commit is no branch's name, and stays where it is whatever is pushed.
  const followed = applications.map(({ spec }) => spec?.source?.targetRevision || 'HEAD');
  return followed.length === 0 || followed.some((name) => names.has(name));
}
