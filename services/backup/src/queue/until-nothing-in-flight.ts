import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueHold } from './hold-queue.ts';

/** Where the brokers' metrics are. */
export interface BrokerMetrics {
  /** A name that stands for the addresses of all brokers. */
  host: string;
  port: number;
  /** How old a figure may be, in milliseconds: the broker's collect_statistics_interval, and some more. */
  maxAgeMs: number;
}

const answerTimeoutMs = 3000;
const lookAgainMs = 250;
const unacknowledged = /^rabbitmq_detailed_channel_messages_unacked\{[^}]*\} (\S+)$/gm;
const unreachable = /^rabbitmq_unreachable_cluster_peers_count\S* (\d+)/m;

/** What the brokers say at a moment. */
interface Figures {
  /** How many messages each channel holds, of those that hold any. */
  held: number[];
  /** Addresses that didn't answer, and whose absence no broker confirms. */
  silent: string[];
}

/**
 * Waits until nobody but the holds has a message unacknowledged. Each channel is counted by itself, since the
 * holds go on growing: as soon as no more channels hold messages than the holds' own, no other does. Only figures
 * that were made after the holds began count, and for a figure only the holds that it must know of.
 * @throws Error that says what is still missing when the signal is aborted
 */
export async function untilNothingInFlight(
  metrics: BrokerMetrics,
  holds: readonly QueueHold[],
  signal: AbortSignal,
): Promise<void> {
  const newestMs = Math.max(...holds.map(({ sinceMs }) => sinceMs));
  let problem = 'the first figures of the broker';
  try {
    await sleep(Math.max(0, newestMs + metrics.maxAgeMs - performance.now()), undefined, { signal });
    for (;;) {
      const askedMs = performance.now();
      const own = sum(holds.map((hold) => hold.channelsHoldingSince(askedMs - metrics.maxAgeMs)));
      const { held, silent } = await readFigures(metrics, signal);
      if (silent.length > 0) problem = `an answer of ${silent.join(', ')}`;
      else if (held.length > own || sum(held) > sum(holds.map((hold) => hold.count())))
        problem = `orders that are being written: ${held.length} channels hold messages, ${own} of them for the backup`;
      else return;
      await sleep(lookAgainMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Error(`Waited in vain for ${problem}.`, { cause: error });
  }
}

async function readFigures({ host, port }: BrokerMetrics, signal: AbortSignal): Promise<Figures> {
  const addresses = await lookup(host, { all: true });
  const figures: Figures = { held: [], silent: [] };
  const answering: string[] = [];
  await Promise.all(
    addresses.map(async ({ address }) => {
      const base = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
      const text = await ask(`${base}/metrics/detailed?family=channel_metrics`, signal);
      if (text === 'silent') figures.silent.push(address);
      if (text === 'silent' || text === 'down') return;
      answering.push(base);
      const counts = [...text.matchAll(unacknowledged)].map(([, count]) => Number(count));
      figures.held.push(...counts.filter((count) => count > 0));
    }),
  );
  const [first] = answering;
  if (first === undefined) figures.silent = addresses.map(({ address }) => address);
  else if (figures.silent.length > 0 && figures.silent.length <= (await countUnreachablePeers(first, signal)))
    // What such a broker's clients held is back in the queue.
    figures.silent = [];
  return figures;
}

/** @returns the answer; `down` where no broker runs at the address, `silent` where that can't be told */
async function ask(url: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
    });
    return response.ok ? await response.text() : 'silent';
  } catch (error) {
    signal.throwIfAborted();
    return isRefused(error) ? 'down' : 'silent';
  }
}

async function countUnreachablePeers(base: string, signal: AbortSignal): Promise<number> {
  const text = await ask(`${base}/metrics`, signal);
  return Number(unreachable.exec(text)?.[1] ?? 0);
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
