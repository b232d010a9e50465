import { STATUS_CODES } from 'node:http';

/** One thing that is wrong with a request, and where: a JSON pointer into the body, or a parameter's name. */
export type FieldError = { detail: string } & ({ pointer: string } | { parameter: string });

/** What an answer of type application/problem+json says (RFC 9457). */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: readonly FieldError[];
}

export interface ProblemOptions {
  detail?: string;
  errors?: readonly FieldError[];
  /** Response headers that belong to the problem, such as Retry-After or Allow. */
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** An error that a client may see: thrown by a handler, answered as application/problem+json. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #options: ProblemOptions;

  /** @param status the HTTP status, 400 to 599 */
  constructor(status: number, options: ProblemOptions = {}) {
    super(options.detail ?? STATUS_CODES[status] ?? 'Error', { cause: options.cause });
    this.status = status;
    this.headers = options.headers ?? {};
    this.#options = options;
  }

  /** @returns the document to answer with. Its type is about:blank: the status and its title say it all. */
  toDocument(): ProblemDocument {
    const { detail, errors } = this.#options;
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      ...(detail === undefined ? {} : { detail }),
      ...(errors === undefined ? {} : { errors }),
    };
  }
}

/**
 * A dependency can't serve now, and trying again later may help: 503 with Retry-After.
 * @param retryAfterSeconds what to tell the client
 */
export function unavailable(detail: string, cause?: unknown, retryAfterSeconds = 2): Problem {
  return new Problem(503, { detail, cause, headers: { 'retry-after': String(retryAfterSeconds) } });
}
