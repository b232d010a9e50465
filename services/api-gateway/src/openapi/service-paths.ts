import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { aliveSchema, healthReportSchema, indexSchema, readinessReportSchema } from './answer-schemas.ts';
import { answer, jsonAnswer, problemAnswers } from './answers.ts';

const tags = ['service'];

/** An answer that can't fail, and what too many requests are answered with. */
const fileProblems = problemAnswers(429);
const text = z.string();

const page = answer('The page', {
  content: { 'text/html': { schema: text } },
  headers: { 'Content-Security-Policy': z.string() },
});
const script = answer('The script', { content: { 'text/javascript': { schema: text } } });
const file = answer('The file; it may be kept for good', {
  content: {
    'text/css': { schema: text },
    'text/javascript': { schema: text },
    'image/png': { schema: text.meta({ contentMediaType: 'image/png' }) },
  },
});

const requestParams = {
  path: z.object({ file: z.enum(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']) }),
};

/** What the gateway says of itself. */
export const servicePaths: ZodOpenApiPathsObject = {
  '/': {
    get: {
      operationId: 'index',
      tags,
      summary: 'Who answers here, and where to go',
      responses: { 200: jsonAnswer('The index', indexSchema), ...fileProblems },
    },
  },
  '/api/health': {
    get: {
      operationId: 'health',
      tags,
      summary: 'Every dependency, how it is',
      responses: {
        200: jsonAnswer('All are up', healthReportSchema),
        503: jsonAnswer('At least one is not', healthReportSchema),
      },
    },
  },
  '/health': {
    get: {
      operationId: 'alive',
      tags,
      summary: 'Whether the process is alive; depends on nothing',
      responses: { 200: jsonAnswer('It is', aliveSchema) },
    },
  },
  '/ready': {
    get: {
      operationId: 'ready',
      tags,
      summary: 'Whether the gateway can do its work',
      responses: {
        200: jsonAnswer('It can', readinessReportSchema),
        503: jsonAnswer('It starts, or it stops', readinessReportSchema),
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'openApiDocument',
      tags,
      summary: 'This document',
      responses: {
        200: jsonAnswer('An OpenAPI 3.1 document', z.looseObject({ openapi: z.literal('3.1.1') })),
        ...fileProblems,
      },
    },
  },
  '/docs': {
    get: {
      operationId: 'docs',
      tags,
      summary: 'This document as a page',
      responses: { 200: page, ...fileProblems },
    },
  },
  '/docs/start.js': {
    get: {
      operationId: 'docsScript',
      tags,
      summary: 'What starts the page',
      responses: { 200: script, ...fileProblems },
    },
  },
  '/docs/assets/{file}': {
    get: {
      operationId: 'docsAsset',
      tags,
      summary: 'What the page is made of',
      requestParams,
      responses: { 200: file, ...problemAnswers(404, 429) },
    },
  },
};
