import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import pWaitFor from 'p-wait-for';
import { isRunning, signalGroup, tieToThisProcess } from './process-group.ts';

/** How a server's program is run. */
export interface ServerProcessOptions {
  /** Where it runs. */
  folder: string;
  /** The file that its output is added to. */
  output: string;
  env?: Readonly<Record<string, string>>;
  uid?: number;
  gid?: number;
}

/** A server's process. It leads a process group, so that a terminal's Ctrl-C doesn't reach it before its clients. */
export interface ServerProcess {
  /** Sends a signal to the process and what it started; resolves when it has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
  /**
   * Asks until the server answers.
   * @param probe resolves when it did
   * @throws if the server ends, or doesn't answer in time; the message has the end of its output
   */
  untilReady(probe: () => Promise<void>, options: ReadinessOptions): Promise<void>;
}

export interface ReadinessOptions {
  /** What a failure calls the server. */
  name: string;
  timeoutMs: number;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
}

/** @throws the error of spawn, such as ENOENT where there is no such program */
export async function spawnServer(
  program: string,
  args: readonly string[],
  { folder, output, ...options }: ServerProcessOptions,
): Promise<ServerProcess> {
  const file = await open(output, 'a');
  const child = spawn(program, args, {
    ...options,
    cwd: folder,
    detached: true,
    stdio: ['ignore', file.fd, file.fd],
  });
  try {
    await once(child, 'spawn');
  } finally {
    await file.close();
  }
  tieToThisProcess(child);
  return {
    async end(signal) {
      if (!isRunning(child)) return;
      const ended = once(child, 'exit');
      signalGroup(child, signal);
      await ended;
    },
    async untilReady(probe, { name, timeoutMs, signal }) {
      let failure: unknown;
      const answers = async () => {
        if (!isRunning(child)) throw new Error('it ended');
        return await probe().then(
          () => true,
          (error: unknown) => {
            failure = error;
            return false;
          },
        );
      };
      try {
        await pWaitFor(answers, { interval: 100, timeout: timeoutMs, ...(signal ? { signal } : {}) });
      } catch (error) {
        signal?.throwIfAborted();
        const printed = await readFile(output, 'utf8');
        const cause = isRunning(child) ? (failure ?? error) : error;
        throw new Error(`${name} did not start. Its output ends so:\n${printed.slice(-4000)}`, { cause });
      }
    },
  };
}
