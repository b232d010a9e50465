import { useEffect, useState } from 'preact/hooks';
import type { LogLevel, LogLine } from '../../src/view/view.ts';
import { ServerEvents } from './server-events.ts';

/** Which lines are wanted; empty text wants all. */
export interface LogQuery {
  readonly component: string;
  readonly level: LogLevel | '';
  readonly requestId: string;
  readonly search: string;
}

/** A line, and the how manieth it was that came: equal ones may come more than once. */
export interface NumberedLine extends LogLine {
  readonly number: number;
}

/** The lines that have come, the oldest first. */
export interface LogLines {
  readonly lines: readonly NumberedLine[];
  /** How many the server has left out, since they came too fast to be read. */
  readonly dropped: number;
  readonly isConnected: boolean;
}

const nothing: LogLines = { lines: [], dropped: 0, isConnected: false };
const keptLines = 500;
/** How long lines are collected before they are shown: drawing each by itself would keep a slow machine busy. */
const collectMs = 200;

/** What the server sends at once. */
interface Arrival {
  readonly lines: readonly LogLine[];
  readonly dropped: number;
}

/**
 * Follows logs as long as it is asked to.
 * @param isWanted whether anybody looks
 */
export function useLogs(query: LogQuery, isWanted: boolean): LogLines {
  const [state, setState] = useState(nothing);
  const address = formatAddress(query);
  useEffect(() => {
    if (!isWanted) return;
    setState(nothing);
    return followLines(address, (change) => setState(change));
  }, [address, isWanted]);
  return state;
}

/** @returns a function that ends it */
function followLines(address: string, update: (change: (now: LogLines) => LogLines) => void): () => void {
  let collected: Arrival[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let count = 0;
  const show = () => {
    const arrivals = collected;
    collected = [];
    timer = undefined;
    const numbered = arrivals.flatMap(({ lines }) => lines).map((line) => ({ ...line, number: count++ }));
    const dropped = arrivals.reduce((sum, arrival) => sum + arrival.dropped, 0);
    update((now) => ({ ...now, lines: merge(now.lines, numbered), dropped: now.dropped + dropped }));
  };
  const events = new ServerEvents(address, {
    // The server begins anew for a reader that comes again.
    onOpen: () => {
      collected = [];
      update(() => ({ ...nothing, isConnected: true }));
    },
    onLost: () => update((now) => ({ ...now, isConnected: false })),
  });
  events.on('lines', (arrival: Arrival) => {
    collected.push(arrival);
    timer ??= setTimeout(show, collectMs);
  });
  events.open();
  return () => {
    events.close();
    clearTimeout(timer);
  };
}

/** Lines of different pods come in any order. */
function merge(known: readonly NumberedLine[], added: readonly NumberedLine[]): NumberedLine[] {
  return [...known, ...added].sort((one, other) => one.atMs - other.atMs).slice(-keptLines);
}

function formatAddress({ component, level, requestId, search }: LogQuery): string {
  const parameters = new URLSearchParams();
  if (component) parameters.set('component', component);
  if (level) parameters.set('level', level);
  if (requestId) parameters.set('request', requestId);
  if (search) parameters.set('search', search);
  return `api/logs?${parameters}`;
}
