import { Problem } from 'service-runtime/http/problem';

/** What a statement that reads begins with. */
const readingKeywords = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE', 'SHOW', 'EXPLAIN']);

/**
 * Refuses statements that don't begin as reading ones do. It is the outermost of several walls and needn't be
 * tight: the transaction is read-only, and so is the role. But it keeps out what these two let through, such as
 * COMMIT, SET, LISTEN, LOCK and DO.
 * @throws Problem 403
 */
export function refuseOtherStatements(sql: string): void {
  const [keyword] = /^[a-z]+/i.exec(sql.slice(startOfStatement(sql))) ?? [];
  if (keyword !== undefined && readingKeywords.has(keyword.toUpperCase())) return;
  throw new Problem(403, { detail: `Only ${[...readingKeywords].join(', ')} may begin a statement.` });
}

/** @returns where the first word begins, after blanks, comments and opening parentheses */
function startOfStatement(sql: string): number {
  const ignorable = /[\s(]+|--[^\r\n]*/y;
  let position = 0;
  for (;;) {
    ignorable.lastIndex = position;
    const length = ignorable.exec(sql)?.[0].length ?? 0;
    const next = sql.startsWith('/*', position) ? endOfComment(sql, position) : position + length;
    if (next === position) return position;
    position = next;
  }
}

/** @returns where a comment that may hold comments ends; the end of the text where it isn't closed */
function endOfComment(sql: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}
