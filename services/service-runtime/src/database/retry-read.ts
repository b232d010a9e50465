import pRetry from 'p-retry';
import { isConnectionLost } from './database-errors.ts';

/**
 * Runs a query that only reads, and again where its connection broke meanwhile, as in a restart or a failover of the
 * database. Only for reads: of a write whose connection broke nobody knows whether it took effect, so its client is
 * told 503 and decides.
 * @throws the last error, at once where the database can't be reached at all
 */
export function retryRead<Value>(query: () => Promise<Value>): Promise<Value> {
  return pRetry(query, {
    retries: 3,
    minTimeout: 20,
    maxTimeout: 200,
    shouldRetry: ({ error }) => isConnectionLost(error),
  });
}
