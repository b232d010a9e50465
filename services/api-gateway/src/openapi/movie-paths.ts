import { movieInputSchema, movieSearchSchema } from 'service-contracts/movie';
import { z } from 'zod';
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiPathsObject,
  ZodOpenApiRequestBodyObject,
} from 'zod-openapi';
import { movieSchema } from './answer-schemas.ts';
import { answer, jsonAnswer, problemAnswers, upstreamStatuses } from './answers.ts';

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

const requestParams = {
  path: z.object({
    id: z.int().min(1).max(2_147_483_647).meta({ description: "The movie's id", example: 1 }),
  }),
};

const total = z
  .string()
  .regex(/^\d+$/)
  .meta({ description: 'How many movies there are in all', example: '42' });

const list: ZodOpenApiOperationObject = {
  operationId: 'listMovies',
  tags,
  summary: 'List movies by id, a page at a time',
  requestParams: { query: movieSearchSchema },
  responses: {
    200: jsonAnswer('A page of movies', z.array(movieSchema), { headers: { 'X-Total-Count': total } }),
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
      headers: { Location: z.string().meta({ description: 'Where it is', example: '/api/movies/1' }) },
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
  requestParams,
  responses: {
    200: jsonAnswer('The movie', movieSchema),
    ...problemAnswers(400, 404, ...upstreamStatuses),
  },
};

const replace: ZodOpenApiOperationObject = {
  operationId: 'replaceMovie',
  tags,
  summary: 'Replace a movie',
  requestParams,
  requestBody: movieBody,
  responses: {
    200: jsonAnswer('The movie as it is now', movieSchema),
    ...problemAnswers(400, 404, 413, 415, 422, ...upstreamStatuses),
  },
};

const remove: ZodOpenApiOperationObject = {
  operationId: 'removeMovie',
  tags,
  summary: 'Remove a movie',
  requestParams,
  responses: { 204: answer('It is gone'), ...problemAnswers(400, 404, ...upstreamStatuses) },
};

/** What inventory-app serves. */
export const moviePaths: ZodOpenApiPathsObject = {
  '/api/movies': { get: list, post: create, delete: removeAll },
  '/api/movies/{id}': { get: find, put: replace, delete: remove },
};
