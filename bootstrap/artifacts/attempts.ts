import { setTimeout as pause } from 'node:timers/promises';
import pRetry, { type RetryContext } from 'p-retry';
import { describeError, UserError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import type { DownloadLimits } from './download-settings.ts';

/** A host that doesn't answer at all, also not after some time. */
export class UnreachableError extends UserError {
  readonly host: string;
  readonly reason: string;

  constructor(url: string, cause: unknown) {
    const { host } = new URL(url);
    const reason = describeError(cause);
    super(
      `${host} can't be reached: ${reason}`,
      'Check the connection (and HTTPS_PROXY and NODE_EXTRA_CA_CERTS, if there is a proxy), or set kubernetes.source: packages in cluster.yaml.',
      { cause },
    );
    this.name = 'UnreachableError';
    this.host = host;
    this.reason = reason;
  }
}

/** An attempt that failed, while the next one may not. */
export class AttemptError extends Error {
  /** Whether no answer came at all. */
  readonly isUnreachable: boolean;
  /** Whether it brought a part that the next one goes on from. */
  readonly hasProgress: boolean;
  /** How long the server asks to wait. */
  readonly waitMs: number | undefined;

  constructor(
    message: string,
    options: ErrorOptions & {
      isUnreachable?: boolean;
      hasProgress?: boolean;
      waitMs?: number | undefined;
    } = {},
  ) {
    super(message, options);
    this.name = 'AttemptError';
    this.isUnreachable = options.isUnreachable ?? false;
    this.hasProgress = options.hasProgress ?? false;
    this.waitMs = options.waitMs;
  }
}

/**
 * Makes attempts until one succeeds. After one that brought a part, the next begins at once, and isn't counted.
 *
 * @param attempt throws AttemptError where another may succeed; any other error ends it
 * @throws UnreachableError when no answer came, UserError when the server couldn't serve it
 */
export async function tryAgain<T>(
  url: string,
  limits: DownloadLimits,
  report: Report,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    return await pRetry(attempt, {
      retries: limits.retries,
      minTimeout: limits.firstPauseMs,
      shouldRetry: ({ error }) => error instanceof AttemptError,
      shouldConsumeRetry: ({ error }) => !(error instanceof AttemptError && error.hasProgress),
      onFailedAttempt: async (failed) => await waitAsAsked(failed, limits, report),
    });
  } catch (error) {
    if (!(error instanceof AttemptError)) throw error;
    if (error.isUnreachable) throw new UnreachableError(url, error);
    throw new UserError(
      `${url}: ${error.message}`,
      'Run the command again later: it goes on where it stopped.',
      {
        cause: error,
      },
    );
  }
}

async function waitAsAsked(
  { error, retriesLeft }: RetryContext,
  limits: DownloadLimits,
  report: Report,
): Promise<void> {
  if (!(error instanceof AttemptError) || retriesLeft === 0) return;
  const { waitMs } = error;
  if (waitMs === undefined) {
    report(`trying again: ${error.message}`);
    return;
  }
  const seconds = Math.ceil(waitMs / 1000);
  // Whoever waits at the terminal decides about more than some minutes.
  if (waitMs > limits.longestWaitMs)
    throw new UserError(`${error.message}, and asks to wait for ${seconds} s`, 'Run the command again then.');
  report(`${error.message}: waiting for ${seconds} s, as it asks`);
  await pause(waitMs);
}
