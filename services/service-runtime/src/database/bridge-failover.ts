import pRetry from 'p-retry';
import { isConnectionLost, isDatabaseUnavailable } from './database-errors.ts';

/**
 * Runs a statement, and again while the database can't be used, so that callers see a failover as a pause.
 * @param statement told whether it may have taken effect before: an attempt whose connection broke may have been
 *   committed. It must lead to the same result then.
 */
export type BridgeFailover = <Value>(statement: (mayHaveRun: boolean) => Promise<Value>) => Promise<Value>;

const minPauseMs = 50;
const maxPauseMs = 250;

/**
 * @param waitMs how long to try; with 0 each statement runs once
 * @returns a function that throws the last error once the time is over, and any other error at once
 */
export function createFailoverBridge(waitMs: number): BridgeFailover {
  return (statement) => {
    const deadline = performance.now() + waitMs;
    let mayHaveRun = false;
    return pRetry(() => statement(mayHaveRun), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: minPauseMs,
      maxTimeout: maxPauseMs,
      onFailedAttempt: ({ error }) => {
        mayHaveRun ||= isConnectionLost(error);
      },
      shouldRetry: ({ error }) => isDatabaseUnavailable(error) && performance.now() + maxPauseMs < deadline,
    });
  };
}
