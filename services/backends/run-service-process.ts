import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** One line of a service's log. */
export type LogLine = Record<string, unknown> & { msg: string };

/** A service as a process of its own, as its image runs it. */
export interface ServiceProcess {
  readonly url: string;
  readonly metricsUrl: string;
  /** All that it logged so far. */
  readonly log: readonly LogLine[];
  /** Sends a signal. @returns the exit code, null where the signal ended it; at once if it has ended already */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts a service on free ports.
 * @param service the name of its folder
 * @param environment its settings, and nothing else
 * @returns once it listens
 * @throws if it ends before; the message has its output
 */
export async function runServiceProcess(
  service: string,
  environment: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', service, 'src', 'main.ts')], {
    env: { PORT: '0', METRICS_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const log: LogLine[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const listening = Promise.withResolvers<LogLine>();
  createInterface(child.stdout).on('line', (text) => {
    const line = JSON.parse(text) as LogLine;
    log.push(line);
    if (line.msg === 'listening') listening.resolve(line);
  });
  const failed = ended.then(() => {
    throw new Error(`${service} ended before it listened: ${errors}${JSON.stringify(log)}`);
  });
  const { port, metricsPort } = await Promise.race([listening.promise, failed]);
  failed.catch(() => undefined);
  return {
    url: `http://127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    log,
    async end(signal) {
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
  };
}
