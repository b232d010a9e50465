import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/** Who logs, and how much. */
export interface LoggerOptions {
  service: string;
  version: string;
  level: string;
}

/**
 * Makes the logger of a process: one JSON object a line, with the level's name and an ISO 8601 time.
 * @param destination where lines go; standard output where left out
 */
export function createLogger(
  { service, version, level }: LoggerOptions,
  destination?: DestinationStream,
): Logger {
  const options = {
    level,
    base: { service, version },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
