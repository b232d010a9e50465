import type { z } from 'zod';
import { type FieldError, Problem } from './problem.ts';

/**
 * Checks what a client sent against a schema.
 * @param value the body or the query parameters
 * @param place which of them it is; decides how the problem names a field
 * @returns the value as the schema makes it
 * @throws Problem 422 that names every field that is wrong
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: 'body' | 'query',
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => toFieldError(issue, place));
  const detail = place === 'body' ? 'The body is not valid.' : 'The query parameters are not valid.';
  throw new Problem(422, { detail, errors });
}

function toFieldError(issue: z.core.$ZodIssue, place: 'body' | 'query'): FieldError {
  const path = issue.path.map(String);
  if (place === 'query') return { parameter: path.join('.'), detail: issue.message };
  // RFC 6901: ~ and / inside a name are written ~0 and ~1.
  const pointer = path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return { pointer: `#${pointer}`, detail: issue.message };
}
