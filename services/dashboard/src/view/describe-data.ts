import type { MemberFigures, QueueFigures } from '../metrics/metrics-source.ts';
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

/** How a database is: who leads, and how far behind the others are. */
export function describeDatabase(name: string, members: readonly MemberFigures[]): DatabaseView {
  const leader = members.find(({ isLeader }) => isLeader);
  const standbys = members
    .filter(({ isLeader }) => !isLeader)
    .map(({ name: standby, isSynchronous, position }) => ({
      name: standby,
      isSynchronous,
      // They are asked at the same moment, but don't answer at the same moment.
      ...(leader ? { lagBytes: Math.max(0, leader.position - position) } : {}),
    }));
  const isBehind = standbys.some(({ lagBytes = 0 }) => lagBytes > maxLagBytes);
  return {
    name,
    tone: leader ? (isBehind ? 'busy' : 'good') : 'bad',
    ...(leader ? { leader: leader.name } : {}),
    standbys,
  };
}
