import type { QueryError } from 'service-contracts/query';
import {
  Problem,
  type ProblemDocument,
  type ProblemOptions,
  unavailable,
} from 'service-runtime/http/problem';

/** A problem that PostgreSQL itself told of. */
export class QueryProblem extends Problem {
  readonly #error: QueryError;

  constructor(status: number, error: QueryError, options: ProblemOptions) {
    super(status, options);
    this.#error = error;
  }

  override toDocument(): ProblemDocument & QueryError {
    return { ...super.toDocument(), ...this.#error };
  }
}

/**
 * SQLSTATEs that say that the statement may be right but can't be served now: 40 and 55P03 others are in its way,
 * 53 resources, 57P and 58 the server itself.
 * Source: https://www.postgresql.org/docs/17/errcodes-appendix.html
 */
const unavailableStates = /^(40|53[013]|55P03|57P|58)/;

/** 25006 a write, 42501 something that the role may not do. */
const forbiddenStates = /^(25006|42501)$/;

/** Memory and temporary files, of which a statement may have only so much; the others are everyone's. */
const greedyStates = /^53(200|400)$/;

/** What pg's errors of the server have. */
interface ServerError extends Error {
  code: string;
  position?: string;
  hint?: string;
}

/**
 * @param error what pg said while a statement ran
 * @returns 422 where the statement is to blame, 403 where it isn't allowed, 503 where it may succeed later
 */
export function toQueryProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!isServerError(error)) return unavailable('The connection to the database broke off.', error);
  const details: QueryError = {
    code: error.code,
    ...(error.position === undefined ? {} : { position: Number(error.position) }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
  const status = statusOf(error.code);
  const headers: Record<string, string> = status === 503 ? { 'retry-after': '2' } : {};
  return new QueryProblem(status, details, { detail: error.message, headers, cause: error });
}

function statusOf(state: string): number {
  if (forbiddenStates.test(state)) return 403;
  return unavailableStates.test(state) && !greedyStates.test(state) ? 503 : 422;
}

function isServerError(error: unknown): error is ServerError {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  // Node's own codes, such as EPIPE, have no digit; every SQLSTATE has one.
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code);
}

/** The problem of a statement that took too long, with the code that PostgreSQL gives it. */
export function tookTooLong(timeoutMs: number): Problem {
  const detail = `The statement was canceled after ${timeoutMs} ms.`;
  return new QueryProblem(422, { code: '57014' }, { detail });
}

/** The problem of an answer that has not one row that may be returned. */
export function rowTooLong(maxBytes: number): Problem {
  return new Problem(422, { detail: `The first row alone is longer than ${maxBytes} bytes.` });
}
