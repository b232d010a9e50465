import { type ClusterObjects, componentOf } from '../cluster/cluster-objects.ts';
import type { PodObject } from '../cluster/objects.ts';
import type { Figures, MemberFigures, QueueFigures } from '../metrics/metrics-source.ts';
import type { DatabaseView, QueueView, Tone } from './view.ts';

/** More than a standby is behind while it keeps up: one segment of the log. */
const maxLagBytes = 16 * 1024 * 1024;

const deadLetters = /dead/;

/** How a queue is: one that nobody reads fills up, and what is in a dead-letter queue needs somebody. */
export function describeQueue(name: string, figures: QueueFigures): QueueView {
  return { name, tone: toneOfQueue(name, figures), ...figures };
}

function toneOfQueue(name: string, { ready, consumers }: QueueFigures): Tone {
  if (deadLetters.test(name)) return ready > 0 ? 'bad' : 'good';
  if (consumers === 0) return ready > 0 ? 'bad' : 'busy';
  return 'good';
}

/**
 * The databases, by the pods of their members.
 * @param figures of those members that answer
 */
export function describeDatabases(objects: ClusterObjects, figures: Figures['databases']): DatabaseView[] {
  const members = objects.list('Pod').filter(isMember);
  const names = new Set([...figures.keys(), ...members.map(({ metadata }) => componentOf(metadata))]);
  return [...names].sort().map((name) => {
    const own = members.filter(({ metadata }) => componentOf(metadata) === name);
    return describeDatabase(name, figures.get(name) ?? [], countWanted(objects, own));
  });
}

function isMember({ spec }: PodObject): boolean {
  return (spec?.containers ?? []).some(({ ports = [] }) => ports.some((port) => port.name === 'patroni'));
}

/** A pod may be missing altogether. */
function countWanted(objects: ClusterObjects, pods: readonly PodObject[]): number {
  const replicas = pods.flatMap(({ metadata: { namespace, ownerReferences = [] } }) =>
    ownerReferences
      .filter(({ kind }) => kind === 'StatefulSet')
      .flatMap((owner) => objects.find('StatefulSet', namespace, owner.name)?.spec?.replicas ?? []),
  );
  return replicas[0] ?? pods.length;
}

/**
 * How a database is: who leads, and how far behind the others are.
 * @param members those that answer
 * @param wanted how many there should be
 */
export function describeDatabase(
  name: string,
  members: readonly MemberFigures[],
  wanted: number,
): DatabaseView {
  const leader = members.find(({ isLeader }) => isLeader);
  const standbys = members
    .filter(({ isLeader }) => !isLeader)
    .map(({ name: standby, isSynchronous, position }) => ({
      name: standby,
      isSynchronous,
      // They are asked at the same moment, but don't answer at the same moment.
      ...(leader ? { lagBytes: Math.max(0, leader.position - position) } : {}),
    }));
  const missing = Math.max(0, wanted - members.length);
  const isBehind = missing > 0 || standbys.some(({ lagBytes = 0 }) => lagBytes > maxLagBytes);
  return {
    name,
    tone: leader ? (isBehind ? 'busy' : 'good') : 'bad',
    ...(leader ? { leader: leader.name } : {}),
    standbys,
    missing,
  };
}
