import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { ndjsonType, type QueryOutcome } from 'service-contracts/query';
import { toQueryProblem } from './query-problem.ts';
import type { Page } from './read-pages.ts';

/**
 * Answers with a line for each row, fetched as fast as the client reads.
 * @param stallMs after how long the answer breaks off if nothing of it moves
 * @throws Problem where the statement fails before its first page; later it is told in the last line
 */
export async function answerNdjson(
  response: Response,
  pages: AsyncGenerator<Page, QueryOutcome>,
  stallMs: number,
): Promise<void> {
  try {
    const first = await pages.next();
    response.status(200).set('content-type', ndjsonType);
    response.setTimeout(stallMs, () => response.destroy());
    await pipeline(toLines(first, pages), response);
  } finally {
    // A client that leaves ends the lines, but the pages only if they were begun.
    await pages.return({ rowCount: 0, truncated: true });
  }
}

async function* toLines(
  first: IteratorResult<Page, QueryOutcome>,
  pages: AsyncGenerator<Page, QueryOutcome>,
): AsyncGenerator<string> {
  if (first.done !== true) yield `${JSON.stringify({ columns: first.value.columns })}\n`;
  try {
    let next = first;
    for (; next.done !== true; next = await pages.next()) {
      const { rows } = next.value;
      if (rows.length > 0) yield `${rows.join('\n')}\n`;
    }
    yield `${JSON.stringify(next.value)}\n`;
  } catch (error) {
    yield `${JSON.stringify({ error: toQueryProblem(error).toDocument() })}\n`;
  }
}
