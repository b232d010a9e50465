import type { RequestHandler } from 'express';
import { Problem } from './problem.ts';

/**
 * Makes the last handler of a route: 405 with Allow for methods that the route doesn't have.
 * @param methods those that it has
 */
export function refuseOtherMethods(...methods: string[]): RequestHandler {
  const allow = methods.join(', ');
  return (request) => {
    throw new Problem(405, {
      detail: `${request.method} is not possible here, only ${allow}.`,
      headers: { allow },
    });
  };
}
