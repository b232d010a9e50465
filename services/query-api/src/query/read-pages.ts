import type { QueryColumn, QueryOutcome } from 'service-contracts/query';
import {
  type FetchedRows,
  openSession,
  PageTooLong,
  type Session,
  type SessionLimits,
  type Statement,
} from '../database/open-session.ts';
import type { ReaderDatabase } from '../database/reader-database.ts';
import { createRowEncoder } from './encode-row.ts';
import { rowTooLong, tookTooLong, toQueryProblem } from './query-problem.ts';

/** What one call may use. */
export interface QueryLimits extends SessionLimits {
  maxRows: number;
  /** Of the rows as JSON. */
  maxBytes: number;
}

/** Some rows of an answer, each a JSON list; the columns are the same in every page. */
export interface Page {
  columns: readonly QueryColumn[];
  rows: readonly string[];
}

/** The first page is small, since nothing is known of the rows yet; then as many are fetched as make this much. */
const targetPageBytes = 256 * 1024;
const maxPageRows = 100;

/** PostgreSQL's own timeout comes first, since it leaves the connection usable. */
const timeoutGraceMs = 200;

/**
 * Runs a statement and returns its rows a page at a time, each fetched when it is asked for. There is at least one
 * page. The connection is held until the last one, or until the generator is returned.
 * @param clientGone ends the statement
 * @throws Problem
 */
export async function* readPages(
  database: ReaderDatabase,
  statement: Statement,
  limits: QueryLimits,
  clientGone: AbortSignal,
): AsyncGenerator<Page, QueryOutcome> {
  const client = await database.connect();
  let stop: (() => Promise<void>) | undefined;
  try {
    const session = await openSession(client, statement, limits);
    stop = watch(session, limits.timeoutMs, clientGone);
    return yield* fitPages(session, database, limits);
  } catch (error) {
    throw toQueryProblem(error);
  } finally {
    await stop?.();
  }
}

/**
 * Interrupts a session when its time is up or its client is gone. PostgreSQL's own timeout does not cover the time
 * that a client takes to read.
 * @returns a function that ends the watch and the session
 */
function watch(session: Session, timeoutMs: number, clientGone: AbortSignal): () => Promise<void> {
  const timer = setTimeout(() => session.interrupt(tookTooLong(timeoutMs)), timeoutMs + timeoutGraceMs);
  const hangUp = () => session.interrupt(new Error('the client hung up'));
  if (clientGone.aborted) hangUp();
  clientGone.addEventListener('abort', hangUp);
  return async () => {
    clearTimeout(timer);
    clientGone.removeEventListener('abort', hangUp);
    await session.close();
  };
}

/** @returns pages until there are no more rows, or a limit is reached */
async function* fitPages(
  session: Session,
  database: ReaderDatabase,
  limits: QueryLimits,
): AsyncGenerator<Page, QueryOutcome> {
  const budget = createRowBudget(limits);
  let columns: readonly QueryColumn[] | undefined;
  for (let pageRows = 1; ; ) {
    // One more than may be returned tells whether there are more.
    const count = Math.min(pageRows, limits.maxRows - budget.rowCount + 1);
    const fetched = await readUnlessTooLong(session, count, budget.rowCount === 0);
    if (fetched === undefined) return { rowCount: budget.rowCount, truncated: true };
    columns ??= await nameColumns(fetched.fields, database);
    const rows = fetched.rows.map(createRowEncoder(fetched.fields));
    const fitting = budget.take(rows);
    const truncated = fitting.length < rows.length;
    if (truncated && budget.rowCount === 0) throw rowTooLong(limits.maxBytes);
    yield { columns, rows: fitting };
    if (truncated || rows.length < count) return { rowCount: budget.rowCount, truncated };
    pageRows = nextPageRows(pageRows, rows);
  }
}

/** @returns the next rows; undefined where they are too long for memory, and there are rows to return without them */
async function readUnlessTooLong(
  session: Session,
  count: number,
  isFirst: boolean,
): Promise<FetchedRows | undefined> {
  try {
    return await session.read(count);
  } catch (error) {
    if (!(error instanceof PageTooLong)) throw error;
    if (isFirst) throw rowTooLong(error.maxBytes);
    return undefined;
  }
}

async function nameColumns(fields: FetchedRows['fields'], database: ReaderDatabase): Promise<QueryColumn[]> {
  const types = await database.typeNames.of(fields.map(({ dataTypeID }) => dataTypeID));
  return fields.map(({ name }, index) => ({ name, type: types[index] ?? '' }));
}

/** Rows get through as long as neither their number nor their length is used up. */
function createRowBudget({ maxRows, maxBytes }: QueryLimits) {
  let rowCount = 0;
  let bytes = 0;
  return {
    get rowCount() {
      return rowCount;
    },
    /** @returns those that get through, from the first on */
    take(rows: readonly string[]): readonly string[] {
      for (const [index, row] of rows.entries()) {
        bytes += Buffer.byteLength(row);
        if (rowCount === maxRows || bytes > maxBytes) return rows.slice(0, index);
        rowCount += 1;
      }
      return rows;
    },
  };
}

/** @returns how many rows to fetch after a page of as many */
function nextPageRows(pageRows: number, rows: readonly string[]): number {
  const longest = Math.max(...rows.map(({ length }) => length));
  return Math.max(1, Math.min(pageRows * 4, maxPageRows, Math.floor(targetPageBytes / longest)));
}
