import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { problemSchema } from './answer-schemas.ts';

const requestId = z.string().meta({
  header: { id: 'X-Request-Id' },
  description: 'What the request is logged under, in every service that it reaches',
});

const rateLimit = z
  .string()
  .optional()
  .meta({
    header: { id: 'RateLimit' },
    description: 'How many requests are left (r) for how many seconds (t); absent where there is no limit',
    example: '"requests-per-address"; r=59999; t=60',
  });

const rateLimitPolicy = z
  .string()
  .optional()
  .meta({
    header: { id: 'RateLimit-Policy' },
    description: 'The limit: so many requests (q) in so many seconds (w)',
    example: '"requests-per-address"; q=60000; w=60; pk=:ZTNiMGM0NDI5OGZj:',
  });

const retryAfter = z.string().meta({
  header: { id: 'Retry-After' },
  description: 'How many seconds to wait before the next try',
  example: '2',
});

/** The headers of every answer that is not a probe's. */
const commonHeaders = {
  'X-Request-Id': requestId,
  RateLimit: rateLimit,
  'RateLimit-Policy': rateLimitPolicy,
};

export interface AnswerOptions {
  content?: ZodOpenApiResponseObject['content'];
  headers?: Readonly<Record<string, z.ZodType>>;
}

/** @returns an answer with the headers that all have */
export function answer(
  description: string,
  { content, headers = {} }: AnswerOptions = {},
): ZodOpenApiResponseObject {
  return {
    description,
    headers: z.object({ ...commonHeaders, ...headers }),
    ...(content === undefined ? {} : { content }),
  };
}

/** @returns an answer of type application/json */
export function jsonAnswer(
  description: string,
  schema: z.ZodType,
  options: Omit<AnswerOptions, 'content'> = {},
): ZodOpenApiResponseObject {
  return answer(description, { ...options, content: { 'application/json': { schema } } });
}

/** @returns an answer of type application/problem+json */
export function problemAnswer(
  status: number,
  detail: string,
  headers: Readonly<Record<string, z.ZodType>> = {},
  schema: z.ZodType = problemSchema,
): ZodOpenApiResponseObject {
  const example = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
  return answer(detail, { headers, content: { 'application/problem+json': { schema, example } } });
}

/** The headers of an answer that says when to try again. */
export const retryHeaders = { 'Retry-After': retryAfter };

/** What operations have in common: each is one component of the document. */
const problems: Readonly<Record<number, ZodOpenApiResponseObject>> = {
  400: problemAnswer(400, 'The path, a header or the JSON of the body is malformed.'),
  404: problemAnswer(404, 'There is nothing of that name.'),
  413: problemAnswer(413, 'The body is too long.'),
  415: problemAnswer(415, 'The body must be of type application/json.'),
  422: problemAnswer(422, 'The request is well-formed, but not valid: errors names each field.'),
  429: problemAnswer(429, 'Too many requests from this address.', retryHeaders),
  502: problemAnswer(502, 'The service behind broke off, or sent no valid answer.'),
  503: problemAnswer(503, 'What is needed is not available now.', retryHeaders),
  504: problemAnswer(504, 'The service behind did not answer in time.'),
};
for (const [status, problem] of Object.entries(problems)) problem.id = `Problem${status}`;

const otherProblem = { ...problemAnswer(500, 'Any other error.'), id: 'OtherProblem' };

/**
 * @param statuses those of `problems` that an operation may have
 * @returns their answers, and one for all others, such as 500
 */
export function problemAnswers(...statuses: number[]): ZodOpenApiResponsesObject {
  const answers = statuses.map((status) => [String(status), problems[status]]);
  return { ...Object.fromEntries(answers), default: otherProblem };
}

/** What any operation of a service behind the gateway may be answered with. */
export const upstreamStatuses: readonly number[] = [429, 502, 503, 504];
