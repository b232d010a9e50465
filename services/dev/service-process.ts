import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import pWaitFor from 'p-wait-for';
import type { Environment } from 'service-runtime/config/read-config';
import { isRunning, signalGroup, tieToThisProcess } from '../backends/process-group.ts';

/** A service, and how it is run. */
export interface ServiceDefinition {
  name: string;
  /** What Node is told: the file to run, and its own options before it. */
  nodeArguments: readonly string[];
  environment: Environment;
  /** Where it answers, for asking whether it is ready. */
  url: string;
  /** Told every line that it prints, which goes nowhere where this is left out. */
  onLine?: (line: string) => void;
}

/** A service that runs as a process. */
export interface ServiceProcess {
  /** @throws if it isn't ready in time, or fails before */
  untilReady(signal: AbortSignal): Promise<void>;
  /** Resolves when the process has ended, with what to say about it. */
  readonly ended: Promise<string>;
  /** Asks it to end, and makes it end if that takes too long. */
  stop(): Promise<void>;
}

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;

/** What `node --watch` prints when the program that it runs has failed; it then waits for a change. */
const failedRunPattern = /^Failed running /;

/**
 * Starts a service in a process group of its own: a terminal's Ctrl-C then reaches it once, through stop, instead of
 * twice, which would end it at once.
 */
export function startServiceProcess(definition: ServiceDefinition): ServiceProcess {
  const { name, nodeArguments, environment, url, onLine } = definition;
  const child = spawn(process.execPath, nodeArguments, {
    env: environment,
    detached: true,
    stdio: onLine === undefined ? 'ignore' : ['ignore', 'pipe', 'pipe'],
  });
  tieToThisProcess(child);
  let hasFailed = false;
  readLines(child, (line) => {
    hasFailed ||= failedRunPattern.test(line);
    onLine?.(line);
  });
  const ended = once(child, 'exit').then(
    ([code, signal]) => `${name} ended with ${code === null ? String(signal) : `exit code ${String(code)}`}`,
    (error: unknown) => `${name} could not be run: ${String(error)}`,
  );
  return {
    ended,
    async untilReady(signal) {
      const answers = async () => {
        if (hasFailed || !isRunning(child))
          throw new Error(`${name} did not start; what it printed is above`);
        return await isReady(url);
      };
      const message = `${name} is not ready after ${readyTimeoutMs / 1000} s; what it printed is above`;
      await pWaitFor(answers, { interval: 100, timeout: { milliseconds: readyTimeoutMs, message }, signal });
    },
    async stop() {
      child.kill('SIGTERM');
      const overdue = setTimeout(() => signalGroup(child, 'SIGKILL'), stopTimeoutMs);
      await ended;
      clearTimeout(overdue);
    },
  };
}

function readLines({ stdout, stderr }: ChildProcess, onLine: (line: string) => void): void {
  for (const input of [stdout, stderr]) if (input !== null) createInterface({ input }).on('line', onLine);
}

async function isReady(url: string): Promise<boolean> {
  return await fetch(new URL('/ready', url), { signal: AbortSignal.timeout(2000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
