import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

interface Reference {
  $ref?: string;
}

interface DocumentedResponse extends Reference {
  headers?: Record<string, Reference & { required?: boolean; schema?: unknown }>;
  content?: Record<
    string,
    { schema: unknown; example?: unknown; examples?: Record<string, { value: unknown }> }
  >;
}

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; schema: { example?: unknown; enum?: unknown[] } }[];
  requestBody?: { content: Record<string, NonNullable<DocumentedResponse['content']>[string]> };
  responses: Record<string, DocumentedResponse>;
}

/** What of an OpenAPI document the tests look at. */
export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

/** Holds what a server answers against what its document says. */
export interface DocumentCheck {
  readonly document: OpenApiDocument;
  /** Fails unless the document has this answer of this operation: its status, its type, its body, its headers. */
  check(method: string, path: string, response: Response): Promise<void>;
  /** @returns a function that tells whether a body is one that the document allows an operation */
  bodyCheck(method: string, path: string): (body: unknown) => boolean;
  /** @returns "method path status" of each answer that is in the document and was never checked */
  unseen(): string[];
}

const ndjsonType = 'application/x-ndjson';

export function createDocumentCheck(document: OpenApiDocument): DocumentCheck {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(document, 'openapi');
  const isValid = (pointer: string, value: unknown) => ajv.validate({ $ref: `openapi#${pointer}` }, value);
  const expectValid = (pointer: string, value: unknown) => {
    const message = () => `${pointer}: ${ajv.errorsText()} of ${JSON.stringify(value).slice(0, 500)}`;
    expect(isValid(pointer, value) || message()).toBe(true);
  };
  const seen = new Set<string>();
  return {
    document,
    async check(method, path, response) {
      const name = `${method.toLowerCase()} ${path} ${response.status}`;
      const operation = document.paths[path]?.[method.toLowerCase()];
      expect(Object.keys(operation?.responses ?? {}), name).toContain(String(response.status));
      seen.add(name);
      const place = toPointer('paths', path, method.toLowerCase(), 'responses', response.status);
      const pointer = follow(document, place);
      const { content, headers = {} } = find(document, pointer) as DocumentedResponse;
      for (const header of Object.keys(headers)) {
        const headerPointer = follow(document, `${pointer}${toPointer('headers', header)}`);
        const value = response.headers.get(header);
        const { required = false } = find(document, headerPointer) as { required?: boolean };
        if (value !== null || required) expectValid(`${headerPointer}/schema`, value);
      }
      const type = (response.headers.get('content-type') ?? '').replace(/;.*/, '');
      expect(content === undefined ? [''] : Object.keys(content), name).toContain(type);
      const schemaPointer = `${pointer}${toPointer('content', type, 'schema')}`;
      for (const value of parse(type, await response.text())) expectValid(schemaPointer, value);
    },
    bodyCheck(method, path) {
      const place = toPointer('paths', path, method, 'requestBody', 'content', 'application/json', 'schema');
      return (body) => isValid(place, body);
    },
    unseen() {
      return listAnswers(document).filter((name) => !name.endsWith(' default') && !seen.has(name));
    },
  };
}

function listAnswers({ paths }: OpenApiDocument): string[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { responses }]) =>
      Object.keys(responses).map((status) => `${method} ${path} ${status}`),
    ),
  );
}

/** @returns the values in a body; none where there is no type, and so no body */
function parse(type: string, text: string): unknown[] {
  if (type === '') {
    expect(text).toBe('');
    return [];
  }
  if (type === ndjsonType)
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  return [type.endsWith('json') ? (JSON.parse(text) as unknown) : text];
}

/** @returns a JSON pointer, percent-encoded where the place of a reference must be */
function toPointer(...parts: (string | number)[]): string {
  return parts
    .map((part) => `/${encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    .join('');
}

function find(document: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((value, part) => (value as Record<string, unknown>)[part], document);
}

/** @returns where a reference leads; the place itself where there is none */
function follow(document: unknown, pointer: string): string {
  const { $ref } = find(document, pointer) as Reference;
  return $ref === undefined ? pointer : $ref.slice(1);
}
