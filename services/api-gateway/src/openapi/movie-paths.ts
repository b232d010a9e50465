import { movieInputSchema, movieSearchSchema } from 'service-contracts/movie';
import { z } from 'zod';
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiRequestBodyObject,
} from 'zod-openapi';
import { movieSchema } from './answer-schemas.ts';
import { answer, jsonAnswer, problemAnswer, problemAnswers, upstreamStatuses } from './answers.ts';

const tags = ['movies'];

const movieBody: ZodOpenApiRequestBodyObject = {
  required: true,
  content: {
    'application/json': {
      schema: movieInputSchema,
      examples: {
        whole: { value: { title: 'Top Gun', description: 'Story of a fighter pilot' } },
        'title alone': { value: { title: 'Alien' } },
      },
    },
  },
};

const path = z.object({
  id: z.int().min(1).max(2_147_483_647).meta({ description: "The movie's id", example: 1 }),
});

const entityTag = z.string().meta({
  header: { id: 'ETag' },
  description: "The movie's version; for If-Match and If-None-Match",
  example: '"1"',
});

/** Of requests that change a movie. */
const change = {
  path,
  header: z.object({
    'If-Match': z
      .string()
      .optional()
      .meta({ description: 'Change it only while it has this version; others get 412', example: '"1"' }),
  }),
};

const listHeaders = {
  'X-Total-Count': z
    .string()
    .regex(/^\d+$/)
    .meta({ description: 'How many movies there are in all', example: '42' }),
  Link: z.string().meta({
    description: 'Where the first, the previous, the next and the last page are (RFC 8288)',
    example: '</api/movies?limit=10&offset=0>; rel="first"',
  }),
};

const changed = problemAnswer(
  412,
  'The movie was changed since it was read: it has no longer the version of If-Match.',
  { ETag: entityTag },
);

const list: ZodOpenApiOperationObject = {
  operationId: 'listMovies',
  tags,
  summary: 'List movies by id, a page at a time',
  requestParams: { query: movieSearchSchema },
  responses: {
    200: jsonAnswer('A page of movies', z.array(movieSchema), { headers: listHeaders }),
    ...problemAnswers(422, ...upstreamStatuses),
  },
};

const create: ZodOpenApiOperationObject = {
  operationId: 'createMovie',
  tags,
  summary: 'Add a movie',
  requestBody: movieBody,
  responses: {
    201: jsonAnswer('The new movie', movieSchema, {
      headers: {
        ETag: entityTag,
        Location: z.string().meta({ description: 'Where it is', example: '/api/movies/1' }),
      },
    }),
    ...problemAnswers(400, 413, 415, 422, ...upstreamStatuses),
  },
};

const removeAll: ZodOpenApiOperationObject = {
  operationId: 'removeAllMovies',
  tags,
  summary: 'Remove all movies',
  responses: { 204: answer('They are gone'), ...problemAnswers(...upstreamStatuses) },
};

const find: ZodOpenApiOperationObject = {
  operationId: 'findMovie',
  tags,
  summary: 'Read a movie',
  requestParams: {
    path,
    header: z.object({
      'If-None-Match': z
        .string()
        .optional()
        .meta({ description: 'The version that the client has', example: '"1"' }),
    }),
  },
  responses: {
    200: jsonAnswer('The movie', movieSchema, { headers: { ETag: entityTag } }),
    304: answer('It still has the version of If-None-Match', { headers: { ETag: entityTag } }),
    ...problemAnswers(400, 404, ...upstreamStatuses),
  },
};

const replace: ZodOpenApiOperationObject = {
  operationId: 'replaceMovie',
  tags,
  summary: 'Replace a movie',
  requestParams: change,
  requestBody: movieBody,
  responses: {
    200: jsonAnswer('The movie as it is now', movieSchema, { headers: { ETag: entityTag } }),
    409: problemAnswer(409, 'The body has an id, and it is that of another movie than the path.'),
    412: changed,
    ...problemAnswers(400, 404, 413, 415, 422, ...upstreamStatuses),
  },
};

const remove: ZodOpenApiOperationObject = {
  operationId: 'removeMovie',
  tags,
  summary: 'Remove a movie',
  requestParams: change,
  responses: {
    204: answer('It is gone'),
    412: changed,
    ...problemAnswers(400, 404, ...upstreamStatuses),
  },
};

/** What inventory-app serves. */
export const moviePaths: ZodOpenApiPathsObject = {
  '/api/movies': { get: list, post: create, delete: removeAll },
  '/api/movies/{id}': { get: find, put: replace, delete: remove },
};
