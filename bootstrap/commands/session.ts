import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { isMadeFromBundle } from '../bundle/noted-bundle.ts';
import { UserError } from '../lib/errors.ts';
import { takeExclusiveLock } from '../lib/exclusive-lock.ts';
import { formatFailure } from '../lib/failure.ts';
import { openLog } from '../lib/log.ts';
import { createOfflineShell } from '../lib/offline-shell.ts';
import { detectOperatingSystem } from '../lib/operating-system.ts';
import type { ProgressOptions } from '../lib/progress.ts';
import { createShell } from '../lib/shell.ts';
import type { Context } from '../settings/context.ts';
import { clusterDirectories } from '../settings/directories.ts';
import { readEnvironment } from '../settings/environment.ts';
import { pastProxyVariables } from '../settings/proxy.ts';
import { readClusterSettings } from '../settings/read-cluster-settings.ts';

/** What shells report of a program that Ctrl-C ended. */
const INTERRUPTED_EXIT_CODE = 130;

/** The options that every command has. */
export interface CommonOptions {
  readonly cluster: string;
  readonly verbose: boolean;
}

/** A running command: what it works with, and how it shows its progress. */
export interface Session {
  readonly context: Context;
  readonly progress: ProgressOptions;
}

/** How a command differs from others. */
export interface SessionOptions {
  /** Whether Ctrl-C is how it ends, and no failure. */
  readonly endsByInterrupt?: boolean;
}

/** Adds the options that every command has. */
export function addCommonOptions(command: Command): Command {
  return command
    .addOption(new Option('--cluster <name>', 'a folder of clusters/').env('CLUSTER').default('local'))
    .option('--verbose', 'print everything that is logged, and stack traces', false);
}

/**
 * Runs the body of a command: reads the settings, opens the log, follows Ctrl-C, and reports a failure with
 * the place of the log.
 *
 * @param name the subcommand, for the log's name and for messages
 */
export async function runSession(
  name: string,
  options: CommonOptions,
  body: (session: Session) => Promise<void>,
  { endsByInterrupt = false }: SessionOptions = {},
): Promise<void> {
  const repository = join(import.meta.dirname, '..', '..');
  const settings = await readClusterSettings(repository, options.cluster);
  const directories = clusterDirectories(options.cluster);
  const log = await openLog(directories.log, name, options.verbose);
  const abort = new AbortController();
  const interrupted = followInterrupts(abort);
  const environment = readEnvironment();
  const shell = createShell(log, abort.signal, pastProxyVariables(environment.proxy, settings.machines));
  const isOffline = await isMadeFromBundle(directories);
  const context: Context = {
    repository,
    cluster: { name: options.cluster, folder: join(repository, 'clusters', options.cluster), settings },
    directories,
    environment,
    system: await detectOperatingSystem(),
    isOffline,
    log,
    shell: isOffline ? createOfflineShell(shell) : shell,
    signal: abort.signal,
  };
  const progress: ProgressOptions = {
    isTerminal: process.stdout.isTTY === true,
    isVerbose: options.verbose,
    log: log.info,
  };
  try {
    await Promise.race([body({ context, progress }), interrupted]);
  } catch (error) {
    if (endsByInterrupt && abort.signal.aborted) return;
    const failure = formatFailure(error, {
      isVerbose: options.verbose,
      logFile: log.file,
      remedy: `See the log, mend the cause, then run ./orchestrator.sh ${name} again: it goes on where it stopped.`,
    });
    log.error(failure);
    process.stderr.write(`${failure}\n`);
    process.exitCode = abort.signal.aborted ? INTERRUPTED_EXIT_CODE : 1;
  } finally {
    await log.close();
  }
}

/** As {@link runSession}, for a command that changes the cluster: one at a time may run. */
export async function runExclusiveSession(
  name: string,
  options: CommonOptions,
  body: (session: Session) => Promise<void>,
): Promise<void> {
  await runSession(name, options, async (session) => {
    const file = join(session.context.directories.log, 'exclusive.lock');
    using _lock = await takeExclusiveLock(file, `\`${name}\` (process ${process.pid})`);
    await body(session);
  });
}

/** Aborts at Ctrl-C, which ends running programs; the promise rejects then, and never resolves. */
function followInterrupts(abort: AbortController): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const interrupt = () => {
    const reason = new UserError('interrupted', 'Run the command again: it goes on where it stopped.');
    abort.abort(reason);
    reject(reason);
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  return promise;
}
