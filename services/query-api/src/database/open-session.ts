import type { FieldDef, PoolClient } from 'pg';
import Cursor from 'pg-cursor';
import { type Lease, leaseConnection } from './lease-connection.ts';

/** A statement and the values of its parameters. */
export interface Statement {
  sql: string;
  params: readonly unknown[];
}

export interface SessionLimits {
  /** How long a statement may run, in milliseconds. */
  timeoutMs: number;
  /** How long it may wait for a lock. */
  lockTimeoutMs: number;
}

/** Each value as PostgreSQL sends it: as text, or null. */
export type TextRow = readonly (string | null)[];

export interface FetchedRows {
  fields: readonly FieldDef[];
  rows: readonly TextRow[];
}

/** A connection while it serves one caller: one statement, in one read-only transaction. */
export interface Session {
  /**
   * Fetches the next rows; fewer than asked for means that there are no more.
   * @throws what the session was interrupted with, PageTooLong, or pg's error
   */
  read(count: number): Promise<FetchedRows>;
  /** Ends the statement, and makes this and later reads fail. */
  interrupt(cause: Error): void;
  /** Gives the connection back clean, or gives it up; never rejects. */
  close(): Promise<void>;
}

/** How much one read may bring: the driver holds it in memory, and a single value may have 1 GB. */
const maxPageBytes = 8 * 1024 * 1024;

/** Says that one read brought more than fits into memory; the session is over. */
export class PageTooLong extends Error {
  override readonly name = 'PageTooLong';
  readonly maxBytes = maxPageBytes;
}

/**
 * What pg-cursor lacks: without these methods the data of a COPY would end the process. That COPY is refused before
 * is no reason to depend on it.
 */
class SessionCursor extends Cursor<TextRow> {
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}

const asText = { getTypeParser: () => (text: string) => text };

/**
 * Opens a read-only transaction and hands a statement to it, by the extended protocol, which takes only one.
 * @param client a connection of a pool, which the session releases
 * @throws pg's error, with the connection released
 */
export async function openSession(
  client: PoolClient,
  { sql, params }: Statement,
  { timeoutMs, lockTimeoutMs }: SessionLimits,
): Promise<Session> {
  const lease = leaseConnection(client);
  try {
    await client.query(
      `BEGIN READ ONLY; SET LOCAL statement_timeout = ${timeoutMs}; SET LOCAL lock_timeout = ${lockTimeoutMs}`,
    );
  } catch (error) {
    lease.giveUp();
    throw error;
  }
  const options = { rowMode: 'array', types: asText } as const;
  return createSession(client.query(new SessionCursor(sql, [...params], options)), lease);
}

function createSession(cursor: Cursor<TextRow>, lease: Lease): Session {
  let interruption: Error | undefined;
  let hasFailed = false;
  const interrupt = (cause: Error) => {
    interruption ??= cause;
    lease.cancel();
  };
  const refusePage = () => {
    interrupt(new PageTooLong());
    lease.giveUp();
  };
  return {
    interrupt,
    async read(count) {
      if (interruption !== undefined) throw interruption;
      const stopWatch = lease.limitBytes(maxPageBytes, refusePage);
      try {
        return await fetchRows(cursor, count);
      } catch (error) {
        hasFailed = true;
        throw interruption ?? error;
      } finally {
        stopWatch();
      }
    },
    async close() {
      if (interruption !== undefined) lease.giveUp();
      // A cursor that failed is closed, and would wait for ever for an answer to closing it again.
      else await lease.giveBack(() => (hasFailed ? Promise.resolve() : cursor.close()));
    },
  };
}

function fetchRows(cursor: Cursor<TextRow>, count: number): Promise<FetchedRows> {
  return new Promise((resolve, reject) => {
    // Of the last two there is nothing where there is an error.
    cursor.read(count, (error, rows, result) => {
      if (error) reject(error);
      else resolve({ fields: result.fields, rows });
    });
  });
}
