import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { createDocumentCheck, type OpenApiDocument } from '../testing/document-check.ts';
import { useGateways } from '../testing/use-gateways.ts';
import { createOpenApiDocument } from './create-document.ts';

const start = useGateways();

const document = JSON.parse(JSON.stringify(createOpenApiDocument('1.2.3'))) as OpenApiDocument &
  Record<string, unknown>;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
);

test('document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();

  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  expect(document).toMatchObject({ openapi: '3.1.1', info: { version: '1.2.3' } });
});

test('document is served as it is', async () => {
  const response = await fetch(`${await start()}/openapi.json`);

  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const served = (await response.json()) as OpenApiDocument;
  expect(served.paths).toEqual(document.paths);
});

test('each operation has a name of its own, and what may go wrong', () => {
  const names = operations.map(({ operationId }) => operationId);

  expect(new Set(names).size).toBe(names.length);
  for (const { path, responses } of operations) {
    expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true);
    if (!['/health', '/ready', '/api/health'].includes(path)) expect(responses).toHaveProperty('429');
  }
});

/** A place of the document that has a schema, or is one, and the examples there. */
interface Exemplified {
  schemaPointer: string;
  examples: unknown[];
}

function findExamples(value: unknown, pointer = ''): Exemplified[] {
  if (typeof value !== 'object' || value === null) return [];
  const { schema, example, examples = {} } = value as Record<string, unknown>;
  const named = Object.values(examples as Record<string, { value: unknown }>).map((each) => each.value);
  const here = {
    schemaPointer: schema === undefined ? pointer : `${pointer}/schema`,
    examples: example === undefined ? named : [example, ...named],
  };
  const inner = Object.entries(value)
    .filter(([key]) => key !== 'example' && key !== 'examples')
    .flatMap(([key, each]) =>
      findExamples(each, `${pointer}/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`),
    );
  return [here, ...inner];
}

test('all examples are valid themselves', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'openapi');
  const found = findExamples(document).flatMap(({ schemaPointer, examples }) =>
    examples.map((example) => ({ schemaPointer, example })),
  );

  expect(found.length).toBeGreaterThan(40);
  for (const { schemaPointer, example } of found) {
    // The schema is that of a line, the example has some.
    const values = schemaPointer.endsWith('ndjson/schema')
      ? String(example)
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown)
      : [example];
    for (const value of values) {
      const isValid = ajv.validate({ $ref: `openapi#${schemaPointer}` }, value);
      expect(isValid, `${schemaPointer}: ${ajv.errorsText()}`).toBe(true);
    }
  }
});

test.each([
  ['post', '/api/billing', { user_id: 1, number_of_items: 1, total_amount: 1 }, true],
  ['post', '/api/billing', { user_id: '1', number_of_items: '1', total_amount: '1.50' }, true],
  ['post', '/api/billing', { user_id: 0, number_of_items: 1, total_amount: 1 }, false],
  ['post', '/api/billing', { user_id: 1, number_of_items: 1.5, total_amount: 1 }, false],
  ['post', '/api/billing', { user_id: 1, number_of_items: 1, total_amount: '-1' }, false],
  ['post', '/api/billing', { user_id: 1, number_of_items: 1 }, false],
  ['post', '/api/movies', { title: 'Alien' }, true],
  ['post', '/api/movies', { title: '' }, false],
  ['put', '/api/movies/{id}', { description: 'x' }, false],
  ['post', '/api/query', { database: 'inventory', sql: 'SELECT 1' }, true],
  ['post', '/api/query', { database: 'inventory', sql: 'SELECT $1', params: [{}] }, false],
])('document tells of %s %s with %j whether it is allowed', (method, path, body, isAllowed) => {
  expect(createDocumentCheck(document).bodyCheck(method, path)(body)).toBe(isAllowed);
});
