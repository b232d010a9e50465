import type { PoolClient } from 'pg';
import { requestCancel } from './request-cancel.ts';

/** A connection on loan from a pool. Ends once, by whatever comes first; what comes later does nothing. */
export interface Lease {
  /** Asks PostgreSQL to end the statement, and gives the connection up once that had its time. */
  cancel(): void;
  /** Closes the connection, whatever it is doing. */
  giveUp(): void;
  /**
   * Gives the connection back with nothing of its user left in it, or gives it up; never rejects.
   * @param finish what has to be done before
   */
  giveBack(finish: () => Promise<void>): Promise<void>;
  /**
   * Watches what arrives.
   * @param onExceeded called when it is more than maxBytes
   * @returns a function that ends the watch
   */
  limitBytes(maxBytes: number, onExceeded: () => void): () => void;
}

/** How long a canceled statement keeps its place in the pool, so that those that don't end can't pile up. */
const cancelGraceMs = 1000;
const cleanUpTimeoutMs = 2000;

/** @param client a connection of a pool, which the lease releases */
export function leaseConnection(client: PoolClient): Lease {
  const ended = Promise.withResolvers<void>();
  let hasEnded = false;
  const end = (isBroken: boolean) => {
    if (hasEnded) return;
    hasEnded = true;
    // Closes the socket at once where a statement runs.
    client.release(isBroken);
    ended.resolve();
  };
  const giveUp = () => end(true);
  return {
    giveUp,
    cancel() {
      requestCancel(client);
      setTimeout(giveUp, cancelGraceMs).unref();
    },
    async giveBack(finish) {
      const timer = setTimeout(giveUp, cleanUpTimeoutMs);
      const cleanedUp = cleanUp(client, finish).then(() => end(false), giveUp);
      await Promise.race([cleanedUp, ended.promise]);
      clearTimeout(timer);
    },
    limitBytes(maxBytes, onExceeded) {
      const { stream } = client.connection;
      let bytes = 0;
      const count = (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) onExceeded();
      };
      stream.on('data', count);
      return () => stream.off('data', count);
    },
  };
}

/** What was set, locked, prepared or listened to must not reach the next one; a rollback also drops notifications. */
async function cleanUp(client: PoolClient, finish: () => Promise<void>): Promise<void> {
  await finish();
  await client.query('ROLLBACK');
  await client.query('DISCARD ALL');
}
