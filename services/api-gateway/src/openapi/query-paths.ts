import {
  ndjsonType,
  queryErrorSchema,
  queryLineSchema,
  queryRequestSchema,
  queryResultSchema,
} from 'service-contracts/query';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { problemSchema } from './answer-schemas.ts';
import { answer, problemAnswer, problemAnswers, retryHeaders, upstreamStatuses } from './answers.ts';

const queryProblemSchema = z
  .object({ ...problemSchema.shape, ...queryErrorSchema.partial().shape })
  .meta({ id: 'QueryProblem', description: 'A problem, with what PostgreSQL said where it was asked' });

const columns = [
  { name: 'id', type: 'integer' },
  { name: 'title', type: 'text' },
];

const result = { columns, rows: [[1, 'Top Gun']], rowCount: 1, truncated: false };

/** The same as lines. */
const lines = [{ columns }, [1, 'Top Gun'], { rowCount: 1, truncated: false }]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('');

/** The names of the ways to send an API key, which the document's securitySchemes describe. */
export const apiKeySchemes = ['apiKey', 'bearer'] as const;

const query: ZodOpenApiOperationObject = {
  operationId: 'query',
  tags: ['query'],
  summary: 'Read from a database by SQL',
  description:
    'One statement that only reads, with limits on time, rows and bytes. Ask for application/x-ndjson to have ' +
    'a large answer streamed, a JSON value a line. Who hangs up ends the statement.',
  security: apiKeySchemes.map((scheme) => ({ [scheme]: [] })),
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: queryRequestSchema,
        examples: {
          movies: {
            value: {
              database: 'inventory',
              sql: 'SELECT id, title FROM movies WHERE title ILIKE $1',
              params: ['%gun%'],
            },
          },
        },
      },
    },
  },
  responses: {
    ...problemAnswers(400, 413, 415, ...upstreamStatuses),
    200: answer('The rows', {
      content: {
        'application/json': { schema: queryResultSchema, example: result },
        [ndjsonType]: {
          // Of each line; OpenAPI 3.1 has no word for a stream's items.
          schema: queryLineSchema,
          examples: { lines: { value: lines } },
        },
      },
    }),
    401: problemAnswer(401, 'A valid API key is needed.', {
      'WWW-Authenticate': z.string().meta({ example: 'Bearer realm="query-api"' }),
    }),
    406: problemAnswer(406, 'There is neither type that Accept names.'),
    403: problemAnswer(403, 'The statement is not one that only reads.', {}, queryProblemSchema),
    422: problemAnswer(
      422,
      'The body is not valid, or PostgreSQL refused the statement.',
      {},
      queryProblemSchema,
    ),
    503: problemAnswer(
      503,
      'The database, or a connection to it, is not available now.',
      retryHeaders,
      queryProblemSchema,
    ),
  },
};

/** What query-api serves. */
export const queryPaths: ZodOpenApiPathsObject = { '/api/query': { post: query } };
