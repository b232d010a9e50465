import { z } from 'zod';
import { UserError } from '../lib/errors.ts';
import type { ServiceAnswer } from '../lib/forwarded-request.ts';
import { formatLogQuery, type LogQuestion } from './log-query.ts';

/** Asks Loki for something; the path has the query. */
export type AskLoki = (path: string) => Promise<ServiceAnswer>;

/** A line that a container wrote. */
export interface LogLine {
  /** When, in nanoseconds since 1970. */
  readonly atNs: bigint;
  readonly pod: string;
  readonly text: string;
}

/** A span of time, in nanoseconds since 1970; its end is not part of it. */
export interface LogSpan {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

const PAGE = 1000;

const streams = z.object({
  data: z.object({
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())),
      }),
    ),
  }),
});
const values = z.object({ data: z.array(z.string()).optional() });

/**
 * The lines of a span of time, oldest first, read page by page.
 *
 * @throws UserError when Loki refuses the question, such as a regular expression that is none
 */
export async function* readLogs(
  ask: AskLoki,
  question: LogQuestion,
  { fromNs, toNs }: LogSpan,
): AsyncGenerator<LogLine> {
  const query = formatLogQuery(question);
  let start = fromNs;
  let size = PAGE;
  let known = new Set<string>();
  while (start < toNs) {
    const page = await readPage(ask, { query, start: `${start}`, end: `${toNs}`, limit: `${size}` });
    for (const line of page) if (!known.has(keyOf(line))) yield line;
    const last = page.at(-1)?.atNs;
    if (last === undefined || page.length < size) return;
    // The last moment may have had more lines than were left on the page: it is read again, with what is known of it.
    known = new Set(page.filter(({ atNs }) => atNs === last).map(keyOf));
    size = known.size > PAGE / 2 ? size + PAGE : size;
    start = last;
  }
}

/** The components that wrote something within a span. */
export async function listComponents(ask: AskLoki, { fromNs, toNs }: LogSpan): Promise<string[]> {
  const query = new URLSearchParams({ start: `${fromNs}`, end: `${toNs}` });
  return values.parse(await askWell(ask, `/loki/api/v1/label/service_name/values?${query}`)).data ?? [];
}

async function readPage(ask: AskLoki, parameters: Readonly<Record<string, string>>): Promise<LogLine[]> {
  const query = new URLSearchParams({ ...parameters, direction: 'forward' });
  const { data } = streams.parse(await askWell(ask, `/loki/api/v1/query_range?${query}`));
  return data.result
    .flatMap(({ stream, values: lines }) =>
      lines.map(([atNs, text]) => ({ atNs: BigInt(atNs), pod: stream.k8s_pod_name ?? '', text })),
    )
    .sort((one, other) => (one.atNs < other.atNs ? -1 : Number(one.atNs > other.atNs)));
}

async function askWell(ask: AskLoki, path: string): Promise<unknown> {
  const { status, body } = await ask(path);
  if (status === 200) return JSON.parse(body);
  const said = body.trim().slice(0, 500);
  if (status === 400) throw new UserError(`Loki doesn't understand the question: ${said}`, 'Correct it.');
  throw new UserError(
    `Loki can't be asked: it answers ${status}, ${said}`,
    'See how it is: kubectl --namespace observability get pods; what runs now can be read with kubectl logs.',
  );
}

/** Tells a line from every other: Loki keeps each once. */
export function keyOf({ atNs, pod, text }: LogLine): string {
  return `${atNs} ${pod} ${text}`;
}
