import { availableParallelism, cpus, loadavg } from 'node:os';
import { formatTable } from '../../bootstrap/lib/format-table.ts';
import type { RequestTarget, Round } from './run-benchmark.ts';
import { median } from './statistics.ts';

const requestTargets: Record<RequestTarget, string> = {
  direct: 'direct to inventory-app',
  gateway: 'through the gateway',
  loggingGateway: 'through the gateway, logging each request as in the cluster',
  nginx: 'through nginx, 2 workers',
  nginxOneWorker: 'through nginx, 1 worker',
};

/** @returns the medians of the rounds as tables, with how they compare to the peers */
export function formatReport(rounds: readonly Round[]): string {
  const middle = (pick: (round: Round) => number) => median(rounds.map(pick));
  return [
    `GET /api/movies/1 (medians of ${rounds.length} rounds; the ratios are to nginx with 2 workers)`,
    formatRequests(middle),
    '',
    'POST /api/billing (the ratios are to amqplib alone)',
    formatOrders(middle),
    '',
    `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version};`,
    `load average at the end ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}. Clients, services, databases, broker and nginx share the cores.`,
    'The services run bundled, with NODE_ENV=production and LOG_LEVEL=error, one process each; nginx logs nothing.',
  ].join('\n');
}

type Middle = (pick: (round: Round) => number) => number;

function formatRequests(middle: Middle): string {
  const rows = (Object.entries(requestTargets) as [RequestTarget, string][]).map(([target, title]) => [
    title,
    middle(({ requests }) => requests[target].requestsPerSecond).toFixed(0),
    // Of the same round: what disturbs the machine disturbs both.
    middle(({ requests }) => requests[target].requestsPerSecond / requests.nginx.requestsPerSecond).toFixed(
      2,
    ),
    `${middle(({ requests }) => requests[target].p99Ms).toFixed(1)} ms`,
    middle(({ requests }) => requests[target].p99Ms / requests.nginx.p99Ms).toFixed(2),
  ]);
  return formatTable(['target', 'requests/s', 'ratio', 'p99', 'ratio'], rows);
}

function formatOrders(middle: Middle): string {
  const figures: [string, (round: Round) => number][] = [
    ['confirmed by the gateway (202)', ({ orders }) => orders.confirmedPerSecond],
    ['from POST to row', ({ orders }) => orders.storedPerSecond],
    ['amqplib alone, as many outstanding as connections', ({ publisher }) => publisher],
    ['amqplib alone, 1,000 outstanding', ({ fastPublisher }) => fastPublisher],
  ];
  const rows = figures.map(([title, pick]) => [
    title,
    middle(pick).toFixed(0),
    middle((round) => pick(round) / round.publisher).toFixed(2),
    middle((round) => pick(round) / round.fastPublisher).toFixed(2),
  ]);
  return formatTable(['orders', 'a second', 'ratio, as many', 'ratio, 1,000'], rows);
}
