import { type ClusterObjects, componentOf } from '../cluster/cluster-objects.ts';
import type { PodObject } from '../cluster/objects.ts';
import { isOfService } from '../view/describe-service.ts';
import type { RequestFigures } from '../view/view.ts';
import { readMember } from './database-figures.ts';
import type { Figures, MemberFigures, MetricsSource, QueueFigures } from './metrics-source.ts';
import type { Exposition } from './parse-exposition.ts';
import { mergeQueues, readQueues } from './queue-figures.ts';
import { countRequests, type RequestCounts, subtractCounts, toFigures } from './request-counts.ts';
import { scrapePod } from './scrape-pod.ts';

/** Over which time a rate is taken. */
const windowMs = 15_000;

const brokerPath = '/metrics/detailed?family=queue_coarse_metrics&family=queue_consumer_count';
const requestDurations = 'http_request_duration_seconds';

interface Look {
  readonly atMs: number;
  readonly counts: RequestCounts;
}

/** What a pod was asked, and said. */
interface Answer {
  readonly pod: PodObject;
  readonly portName: string;
  readonly exposition: Exposition;
}

/** Asks every pod whose metrics are shown, each time it is read; a pod that doesn't answer is left out. */
export function createScrapedMetrics(objects: ClusterObjects): MetricsSource {
  const looks = new Map<string, Look[]>();
  return {
    async read() {
      const answers = await askAll(objects.list('Pod'));
      const present = new Set(answers.map(({ pod }) => pod.metadata.uid ?? ''));
      for (const uid of looks.keys()) if (!present.has(uid)) looks.delete(uid);
      return {
        services: readServices(answers, looks, Date.now()),
        queues: readAllQueues(answers),
        databases: readDatabases(answers),
      };
    },
  };
}

async function askAll(pods: readonly PodObject[]): Promise<Answer[]> {
  const answers = await Promise.allSettled(
    pods.flatMap(listTargets).map(async ({ pod, address, portName, port, path }) => {
      const exposition = await scrapePod(address, port, path);
      return { pod, portName, exposition };
    }),
  );
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

/** The page may ask no others: each of those would hold up every look until its time is over. */
function listTargets(pod: PodObject) {
  const address = pod.status?.podIP;
  if (address === undefined || pod.status?.phase !== 'Running') return [];
  const isBroker = componentOf(pod.metadata) === 'rabbitmq';
  const wanted = ['patroni', ...(isBroker || isOfService(pod) ? ['metrics'] : [])];
  const ports = (pod.spec?.containers ?? []).flatMap(({ ports: all = [] }) => all);
  return ports
    .filter(({ name = '' }) => wanted.includes(name))
    .map(({ name = '', containerPort: port }) => {
      return { pod, address, portName: name, port, path: isBroker ? brokerPath : '/metrics' };
    });
}

function readServices(
  answers: readonly Answer[],
  looks: Map<string, Look[]>,
  nowMs: number,
): Figures['services'] {
  const counted = new Map<string, { counts: RequestCounts[]; seconds: number }>();
  for (const { pod, exposition } of answers) {
    if (!exposition.families.has(requestDurations)) continue;
    const uid = pod.metadata.uid ?? '';
    const now = { atMs: nowMs, counts: countRequests(exposition.samples) };
    const kept = [...(looks.get(uid) ?? []), now].filter(({ atMs }) => nowMs - atMs <= windowMs);
    looks.set(uid, kept);
    const [first] = kept;
    if (first === undefined || first === now) continue;
    const component = componentOf(pod.metadata);
    const sofar = counted.get(component) ?? { counts: [], seconds: 0 };
    sofar.counts.push(subtractCounts(now.counts, first.counts));
    sofar.seconds = Math.max(sofar.seconds, (nowMs - first.atMs) / 1000);
    counted.set(component, sofar);
  }
  return new Map<string, RequestFigures>(
    [...counted].map(([name, { counts, seconds }]) => [name, toFigures(counts, seconds)]),
  );
}

function readAllQueues(answers: readonly Answer[]): ReadonlyMap<string, QueueFigures> {
  return mergeQueues(answers.map(({ exposition }) => readQueues(exposition.samples)));
}

function readDatabases(answers: readonly Answer[]): Figures['databases'] {
  const databases = new Map<string, MemberFigures[]>();
  for (const { pod, portName, exposition } of answers) {
    const member = portName === 'patroni' ? readMember(pod.metadata.name, exposition.samples) : undefined;
    if (!member) continue;
    const component = componentOf(pod.metadata);
    databases.set(component, [...(databases.get(component) ?? []), member]);
  }
  return databases;
}
