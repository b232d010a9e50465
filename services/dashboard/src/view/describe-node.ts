import type { Usage } from '../cluster/cluster-source.ts';
import type { NodeObject, PodObject } from '../cluster/objects.ts';
import { parseQuantity } from '../cluster/parse-quantity.ts';
import { isFinished } from './describe-pod.ts';
import type { Load, NodeView } from './view.ts';

/** How a node is, and how much of it is used. */
export function describeNode(
  { metadata, spec, status }: NodeObject,
  pods: readonly PodObject[],
  usage: Usage | undefined,
): NodeView {
  const conditions = status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const pressures = conditions.filter(
    ({ type, status: value }) => type.endsWith('Pressure') && value === 'True',
  );
  const isReady = ready?.status === 'True';
  const states = [
    isReady ? 'Ready' : (ready?.reason ?? 'NotReady'),
    ...(spec?.unschedulable ? ['drained'] : []),
    ...pressures.map(({ type }) => type),
  ];
  const cpu = toLoad(usage?.cpu, status?.allocatable?.cpu);
  const memory = toLoad(usage?.memoryBytes, status?.allocatable?.memory);
  return {
    name: metadata.name,
    tone: !isReady || pressures.length > 0 ? 'bad' : spec?.unschedulable ? 'busy' : 'good',
    status: states.join(', '),
    version: status?.nodeInfo?.kubeletVersion ?? '',
    pods: pods.filter((pod) => pod.spec?.nodeName === metadata.name && !isFinished(pod)).length,
    ...(cpu ? { cpu } : {}),
    ...(memory ? { memory } : {}),
  };
}

function toLoad(used: number | undefined, allocatable: string | undefined): Load | undefined {
  const total = parseQuantity(allocatable);
  return used === undefined || total === undefined ? undefined : { used, total };
}
