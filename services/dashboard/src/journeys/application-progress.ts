import type { ApplicationObject } from '../cluster/objects.ts';

/** Whether an Application is at a commit. */
export function isSyncedAt({ status }: ApplicationObject, revision: string): boolean {
  const { sync, operationState: operation } = status ?? {};
  if (sync?.status === 'Synced' && sync.revision === revision) return true;
  return operation?.phase === 'Succeeded' && operation.syncResult?.revision === revision;
}

/** Why an Application can't get to a commit; undefined where nothing says so. */
export function failureOf({ status }: ApplicationObject, revision: string): string | undefined {
  const { operationState: operation, conditions = [], sync } = status ?? {};
  const isOurs = operation?.syncResult?.revision === revision;
  if (isOurs && (operation.phase === 'Failed' || operation.phase === 'Error'))
    return operation.message ?? 'failed';
  // A sync that is tried again says so while it runs.
  if (isOurs && operation.phase === 'Running' && /retry|retrying/i.test(operation.message ?? ''))
    return operation.message;
  const comparison = conditions.find(({ type }) => type === 'ComparisonError' || type === 'SyncError');
  return comparison && sync?.revision === revision ? comparison.message : undefined;
}
