import type { ApplicationObject } from '../cluster/objects.ts';
import type { ApplicationView, Tone } from './view.ts';

/** How an Application is: whether the cluster is as git says, and whether that is well. */
export function describeApplication({ metadata, status }: ApplicationObject): ApplicationView {
  const sync = status?.sync?.status ?? 'Unknown';
  const health = status?.health?.status ?? 'Unknown';
  const operation = status?.operationState;
  const isFailed = operation?.phase === 'Failed' || operation?.phase === 'Error';
  const message = [
    isFailed ? operation.message : undefined,
    status?.conditions?.find(({ type }) => type.endsWith('Error'))?.message,
    status?.health?.message,
    status?.resources?.find((one) => one.health?.status === 'Degraded')?.health?.message,
  ].find((text) => text !== undefined && text !== '');
  return {
    name: metadata.name,
    tone: toneOf(sync, health, isFailed || message !== undefined),
    sync,
    health,
    revision: status?.sync?.revision ?? '',
    drift: (status?.resources ?? [])
      .filter((resource) => resource.status === 'OutOfSync')
      .map(({ kind, namespace, name }) => `${kind} ${namespace ? `${namespace}/` : ''}${name}`),
    ...(message === undefined ? {} : { message }),
  };
}

function toneOf(sync: string, health: string, hasProblem: boolean): Tone {
  if (health === 'Degraded' || health === 'Missing') return 'bad';
  if (sync === 'Synced' && (health === 'Healthy' || health === 'Suspended')) return 'good';
  if (sync !== 'Synced' && hasProblem) return 'bad';
  return sync === 'Unknown' || health === 'Unknown' ? 'unknown' : 'busy';
}
