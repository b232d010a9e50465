import { mkdirSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

const KEPT_LOGS = 20;

/** The log file of one run: everything that was started, what it printed, and every decision taken. */
export interface Log {
  readonly file: string;
  info(message: string): void;
  error(message: string): void;
  /** Waits until everything is on disk. */
  close(): Promise<void>;
}

/**
 * Opens the log file of one run of a command, `<folder>/<time>-<command>.log`, and removes all but the
 * newest twenty of the folder.
 *
 * @param isVerbose also prints every line on stderr
 */
export async function openLog(folder: string, command: string, isVerbose: boolean): Promise<Log> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await removeOldLogs(folder);
  const started = new Date().toISOString().replaceAll(':', '-').slice(0, 19);
  const file = join(folder, `${started}-${command.replaceAll(' ', '-')}.log`);
  const format = { colorize: false, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' };
  const toFile = pretty({ ...format, destination: file, mkdir: true, sync: true, append: true });
  const streams: pino.StreamEntry[] = [{ stream: toFile }];
  if (isVerbose) streams.push({ stream: pretty({ ...format, destination: 2, sync: true }) });
  const logger: Logger = pino({ base: null }, pino.multistream(streams));
  return {
    file,
    info: (message) => logger.info(message),
    error: (message) => logger.error(message),
    close: () => new Promise((resolve) => toFile.end(resolve)),
  };
}

async function removeOldLogs(folder: string): Promise<void> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  const superfluous = logs.slice(0, Math.max(0, logs.length - KEPT_LOGS + 1));
  await Promise.all(superfluous.map((name) => rm(join(folder, name), { force: true })));
}
