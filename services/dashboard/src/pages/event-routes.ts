import { type Request, type Response, Router } from 'express';
import { unavailable } from 'service-runtime/http/problem';
import { validate } from 'service-runtime/http/validate';
import type { Logger } from 'service-runtime/logging/create-logger';
import { z } from 'zod';
import type { LiveView } from '../live-view.ts';
import { followLogs } from '../logs/follow-logs.ts';
import type { KeptLogs } from '../logs/kept-logs.ts';
import type { LogFilter } from '../logs/log-filter.ts';
import type { LogSource } from '../logs/log-source.ts';
import type { Hello, View } from '../view/view.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { NewestLines } from './newest-lines.ts';

export interface EventOptions {
  readonly view: LiveView;
  readonly logs: LogSource;
  readonly kept?: KeptLogs | undefined;
  readonly logger: Logger;
  readonly clusterName: string;
  readonly version: string;
}

/** How often lines are sent, and how many at most: more can't be read, nor shown. */
const linesIntervalMs = 200;
const maxLinesAtOnce = 400;
/** How many readers there may be: a page is two, and follows every container at the API server. */
const maxStreams = 64;

const filterSchema = z.strictObject({
  component: z
    .union([z.string(), z.array(z.string())])
    .transform((one) => (Array.isArray(one) ? one : [one]))
    .optional(),
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).optional(),
  request: z.string().max(100).optional(),
  search: z.string().max(200).optional(),
});

/** What goes on as long as readers stay: `/api/events` for the page, `/api/logs` for lines of logs. */
export interface EventRoutes {
  readonly router: Router;
  /** Ends all answers, so that readers go to another process. */
  end(): void;
}

export function eventRoutes(options: EventOptions): EventRoutes {
  const streams = new Set<EventStream>();
  const open = (response: Response, onEnd: () => void) => {
    const stream = openEventStream(response, () => {
      streams.delete(stream);
      onEnd();
    });
    streams.add(stream);
    return stream;
  };
  const router = Router();
  router.use('/api', (_request, _response, next) => {
    if (streams.size >= maxStreams) throw unavailable(`There are ${maxStreams} readers already.`);
    next();
  });
  router.get('/api/events', (_request, response) => sendView(options, response, open));
  router.get('/api/logs', (request, response) => sendLogs(options, request, response, open));
  return {
    router,
    end() {
      for (const stream of streams) stream.end();
    },
  };
}

type Open = (response: Response, onEnd: () => void) => EventStream;

function sendView({ view, clusterName, version }: EventOptions, response: Response, open: Open): void {
  const sent = new Map<string, string>();
  const sendChanged = (current: View) => {
    for (const [section, value] of Object.entries(current)) {
      const text = JSON.stringify(value);
      if (sent.get(section) === text) continue;
      sent.set(section, text);
      stream.send('section', { section, value });
    }
  };
  const stream = open(response, () => stopListening());
  const { samples } = view;
  const hello: Hello = { cluster: clusterName, version, nowMs: Date.now(), samples };
  stream.send('hello', hello);
  const stopListening = view.listen({
    onView: sendChanged,
    onSample: (sample) => stream.send('sample', sample),
    onPods: () => undefined,
  });
  sendChanged(view.read());
}

function sendLogs(
  { view, logs, kept, logger }: EventOptions,
  request: Request,
  response: Response,
  open: Open,
): void {
  const filter = readFilter(request);
  const waiting = new NewestLines(maxLinesAtOnce);
  const timer = setInterval(() => {
    if (!waiting.isEmpty && !stream.isBehind()) stream.send('lines', waiting.take());
  }, linesIntervalMs);
  const stream = open(response, () => {
    clearInterval(timer);
    stopListening();
    follower.stop();
  });
  const onMissing = (error: unknown) => logger.debug({ err: error }, 'no kept logs');
  const sources = { source: logs, kept, objects: view.objects, onMissing };
  const follower = followLogs(sources, filter, (line) => waiting.add(line));
  const stopListening = view.listen({
    onView: () => undefined,
    onSample: () => undefined,
    onPods: () => follower.update(),
  });
}

function readFilter(request: Request): LogFilter {
  const { component, level, request: requestId, search } = validate(filterSchema, request.query, 'query');
  return {
    ...(component ? { components: component } : {}),
    ...(level ? { level } : {}),
    ...(requestId ? { requestId } : {}),
    ...(search ? { search } : {}),
  };
}
