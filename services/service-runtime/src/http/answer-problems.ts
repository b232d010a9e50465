import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { Problem } from './problem.ts';

/**
 * Answers with a problem document.
 * @param response one whose headers have not been sent
 */
export function sendProblem(response: Response, problem: Problem): void {
  response
    .status(problem.status)
    .set(problem.headers)
    .type('application/problem+json')
    .send(JSON.stringify(problem.toDocument()));
}

/** The last route: what no other one took doesn't exist. */
export const answerNotFound: RequestHandler = (request) => {
  throw new Problem(404, { detail: `There is nothing at ${request.path}.` });
};

/**
 * Makes the last error handler. Problems are answered as they are; errors of Express's own (a malformed body,
 * one that is too large, a malformed path) keep their status; anything else is 500 and says nothing internal.
 * @param toProblem a service's own translation of errors, undefined for those that it doesn't know
 */
export function answerProblems(
  toProblem: (error: unknown) => Problem | undefined = () => undefined,
): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      // Too late to say anything: Express closes the connection, so that the client sees a broken answer.
      next(error);
      return;
    }
    const problem = toProblem(error) ?? fromExpress(error);
    if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
    sendProblem(response, problem);
  };
}

/** @returns the problem that an error of Express or its parsers stands for; 500 for all others */
function fromExpress(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof URIError)
    return new Problem(400, { detail: 'The path is not valid percent-encoded UTF-8.' });
  const { status, expose, message } = error as { status?: unknown; expose?: unknown; message?: unknown };
  if (typeof status === 'number' && status >= 400 && status < 500 && expose === true) {
    return new Problem(status, { detail: String(message), cause: error });
  }
  return new Problem(500, { cause: error });
}
