import { z } from 'zod';
import type { LogLine } from '../view/view.ts';
import { type LogFilter, matches } from './log-filter.ts';
import { expressLevel, parseLine } from './parse-line.ts';

/** What keeps lines longer than pods are there. */
export interface KeptLogs {
  /**
   * The newest lines that a filter lets through.
   * @throws where it can't be asked
   */
  read(filter: LogFilter, signal: AbortSignal): Promise<readonly LogLine[]>;
}

const timeoutMs = 5000;
/** No more can be shown at once. */
const maxLines = 400;
const hourMs = 3_600_000;
const sinceMs = 24 * hourMs;
/** Of one request, which may be a while ago. */
const sinceMsOfRequest = 7 * 24 * hourMs;

const answer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())),
      }),
    ),
  }),
});

/**
 * Reads from Loki (https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time),
 * whose labels apps/log-collector gives.
 * @param namespaces those whose lines are shown
 */
export function createKeptLogs(url: string, namespaces: readonly string[]): KeptLogs {
  return {
    async read(filter, signal) {
      const nowMs = Date.now();
      const fromMs = nowMs - (filter.requestId ? sinceMsOfRequest : sinceMs);
      const query = new URLSearchParams({
        query: formatQuery(filter, namespaces),
        start: `${fromMs}000000`,
        end: `${nowMs}000000`,
        limit: `${maxLines}`,
        direction: 'backward',
      });
      const response = await fetch(`${url}/loki/api/v1/query_range?${query}`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 200)}`);
      return readLines(text).filter((line) => matches(line, filter));
    },
  };
}

/**
 * Asks for as little as it can that is not wanted, as the limit counts that, too.
 *
 * Loki's strings have the escapes of Go's, of which JSON's are a part; its expressions are RE2's.
 */
function formatQuery(
  { components, level, requestId, search }: LogFilter,
  namespaces: readonly string[],
): string {
  const oneOf = (label: string, names: readonly string[]) =>
    `${label}=~${JSON.stringify(names.map(escapeExpression).join('|'))}`;
  const selectors = [
    oneOf('k8s_namespace_name', namespaces),
    ...(components ? [oneOf('service_name', components)] : []),
  ];
  const request = requestId ? ` |= ${JSON.stringify(requestId)}` : '';
  const levels = level ? expressLevel(level) : undefined;
  const atLevel = levels ? ` |~ ${JSON.stringify(levels)}` : '';
  const text = search ? ` |~ ${JSON.stringify(`(?i)${escapeExpression(search)}`)}` : '';
  return `{${selectors.join(', ')}}${request}${atLevel}${text}`;
}

function escapeExpression(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function readLines(text: string): LogLine[] {
  return answer.parse(JSON.parse(text)).data.result.flatMap(({ stream, values }) => {
    const origin = {
      component: stream.service_name ?? '',
      pod: stream.k8s_pod_name ?? '',
      container: stream.k8s_container_name ?? '',
    };
    return values.map(([atNs, line]) => parseLine({ atMs: Number(atNs.slice(0, -6)), text: line }, origin));
  });
}
