import type { LogLevel, LogLine } from '../view/view.ts';

const ranks: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
  fatal: 5,
};

/** Which lines a reader wants. What is left out wants all. */
export interface LogFilter {
  readonly components?: readonly string[];
  /** This level and those above; lines that name none count as info. */
  readonly level?: LogLevel;
  readonly requestId?: string;
  /** What the line has in it, whatever the case. */
  readonly search?: string;
}

/** Whether a level is as urgent as another, or more. */
export function isAtLeast(level: LogLevel, wanted: LogLevel): boolean {
  return ranks[level] >= ranks[wanted];
}

/** Whether a reader wants a line. */
export function matches(line: LogLine, { components, level, requestId, search }: LogFilter): boolean {
  if (components && !components.includes(line.component)) return false;
  if (level && !isAtLeast(line.level ?? 'info', level)) return false;
  // Programs that don't know of ids may still print one.
  if (requestId && line.requestId !== requestId && !line.text.includes(requestId)) return false;
  return !search || line.text.toLowerCase().includes(search.toLowerCase());
}
