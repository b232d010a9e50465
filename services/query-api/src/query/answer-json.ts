import type { Response } from 'express';
import type { QueryColumn, QueryOutcome } from 'service-contracts/query';
import type { Page } from './read-pages.ts';

/**
 * Answers with all rows as one JSON document, once all are there: a statement that fails has its own status.
 * @param stallMs after how long the answer breaks off if nothing of it moves
 */
export async function answerJson(
  response: Response,
  pages: AsyncGenerator<Page, QueryOutcome>,
  stallMs: number,
): Promise<void> {
  let columns: readonly QueryColumn[] = [];
  const rows: string[] = [];
  let next = await pages.next();
  for (; next.done !== true; next = await pages.next()) {
    columns = next.value.columns;
    rows.push(...next.value.rows);
  }
  const { rowCount, truncated } = next.value;
  response.setTimeout(stallMs, () => response.destroy());
  response
    .type('application/json')
    .send(
      `{"columns":${JSON.stringify(columns)},"rows":[${rows.join(',')}],"rowCount":${rowCount},"truncated":${truncated}}`,
    );
}
