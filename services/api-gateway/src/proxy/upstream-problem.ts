import { Problem, unavailable } from 'service-runtime/http/problem';

/** Codes that say that no connection came about, so that the upstream never saw the request. */
const unreachableCodes = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Codes that say that the connection broke before an answer came. */
const brokenCodes = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

const timeoutCodes = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** @returns whether another try may succeed; only for requests that may be repeated (RFC 9110, section 9.2.2) */
export function isWorthRepeating(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && (unreachableCodes.has(code) || brokenCodes.has(code));
}

/**
 * Tells apart how an upstream failed: 503 it can't be reached, 504 it took too long, 502 it broke off or sent
 * something that is not HTTP.
 */
export function upstreamProblem(error: unknown, upstream: string): Problem {
  if (error instanceof Problem) return error;
  const code = codeOf(error);
  if (code !== undefined && unreachableCodes.has(code)) {
    return unavailable(`${upstream} is not available now.`, error);
  }
  if (code !== undefined && timeoutCodes.has(code)) {
    return new Problem(504, { detail: `${upstream} did not answer in time.`, cause: error });
  }
  const isBroken = code !== undefined && brokenCodes.has(code);
  const detail = isBroken ? `${upstream} broke off the connection.` : `${upstream} sent no valid answer.`;
  return new Problem(502, { detail, cause: error });
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
