import type { LogLevel, LogLine } from '../view/view.ts';
import { isAtLeast } from './log-filter.ts';
import type { RawLine } from './log-source.ts';

/** Who printed a line. */
export interface LineOrigin {
  readonly component: string;
  readonly pod: string;
  readonly container: string;
}

/** What programs call their levels. */
const levelNames: Readonly<Record<string, LogLevel>> = {
  trace: 'trace',
  debug: 'debug',
  debug1: 'debug',
  info: 'info',
  notice: 'info',
  log: 'info',
  detail: 'info',
  hint: 'info',
  statement: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  fatal: 'fatal',
  panic: 'fatal',
  critical: 'fatal',
};

/** In this order: `level=info` (Argo CD), ` [info] ` (RabbitMQ), ` INFO: ` and ` LOG: ` (Patroni, PostgreSQL). */
const levelPatterns = [/\blevel=(\w+)/, /\s\[(\w+)\]\s/, /\s([A-Z][A-Z0-9]+):\s/] as const;

/**
 * @param level a level and those above
 * @returns an expression, of RE2's kind, that all lines of those levels match, and few others; undefined where lines
 * that name no level are among them
 */
export function expressLevel(level: LogLevel): string | undefined {
  if (isAtLeast('info', level)) return undefined;
  const names = Object.keys(levelNames).filter((name) => isAtLeast(levelNames[name] ?? 'info', level));
  const oneOf = `(${names.join('|')})`;
  return `(?i)("level"\\s*:\\s*"${oneOf}"|level=${oneOf}|\\[${oneOf}\\]|${oneOf}:)`;
}

/** Makes out what a line says: JSON, as our services print it, or text. */
export function parseLine({ atMs, text }: RawLine, origin: LineOrigin): LogLine {
  const record = parseRecord(text);
  if (record) return { atMs, ...origin, ...describeRecord(record), text };
  const level = levelPatterns
    .map((pattern) => levelNames[pattern.exec(text)?.[1]?.toLowerCase() ?? ''])
    .find((one) => one !== undefined);
  return { atMs, ...origin, ...(level ? { level } : {}), message: text, text };
}

type LogRecord = Readonly<Record<string, unknown>>;

function parseRecord(text: string): LogRecord | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as LogRecord) : undefined;
  } catch {
    return undefined;
  }
}

function describeRecord(record: LogRecord): Pick<LogLine, 'level' | 'requestId' | 'message'> {
  const request = asRecord(record.req);
  const requestId = asText(record.requestId) ?? asText(request.id);
  const level = levelNames[(asText(record.level) ?? '').toLowerCase()];
  return {
    ...(level ? { level } : {}),
    ...(requestId === undefined ? {} : { requestId }),
    message: describeMessage(record, request),
  };
}

function describeMessage(record: LogRecord, request: LogRecord): string {
  const said = asText(record.msg) ?? asText(record.message) ?? asText(record.request) ?? '';
  const error = asText(asRecord(record.err).message) ?? asText(record.reason);
  const what = asText(request.method) ? `${asText(request.method)} ${asText(request.url)}` : undefined;
  const status = asRecord(record.res).status ?? record.status;
  const duration = typeof record.durationMs === 'number' ? `${record.durationMs} ms` : undefined;
  const parts = [what, asText(status), duration, said, error].filter(
    (part) => part !== undefined && part !== '',
  );
  return parts.length > 0 ? parts.join(' · ') : JSON.stringify(record);
}

function asRecord(value: unknown): LogRecord {
  return typeof value === 'object' && value !== null ? (value as LogRecord) : {};
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : undefined;
}
