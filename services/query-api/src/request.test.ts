import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  apiKey,
  createReadableDatabase,
  post,
  type ReadableDatabase,
  startTestService,
} from './testing/query-service.ts';

let database: ReadableDatabase;
let service: RunningService;

beforeAll(async () => {
  database = await createReadableDatabase(inject('postgres'));
  service = await startTestService({ inventory: database });
});

afterAll(() => service.stop());

describe('key', () => {
  const body = { database: 'inventory', sql: 'SELECT 1' };

  test.each([
    ['none', { 'x-api-key': '' }],
    ['a part of it', { 'x-api-key': apiKey.slice(0, -1) }],
    ['more than it', { 'x-api-key': `${apiKey}x` }],
    ['another scheme', { 'x-api-key': '', authorization: `Basic ${apiKey}` }],
  ])('%s is refused with 401', async (_condition, headers) => {
    const response = await post(service, body, headers);

    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  test('is looked at before the body', async () => {
    expect((await post(service, { x: 'x'.repeat(200_000) }, { 'x-api-key': 'wrong' })).status).toBe(401);
  });

  test('is taken from Authorization too', async () => {
    const url = `http://127.0.0.1:${service.port}/query`;
    const own = await startTestService({ inventory: database }, { apiKey: 'without-any-blank' });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer without-any-blank' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };

    expect((await fetch(`http://127.0.0.1:${own.port}/query`, init)).status).toBe(200);
    expect((await fetch(url, init)).status).toBe(401);
    await own.stop();
  });
});

describe('request', () => {
  test('for an unknown database is refused with 422 that names those that there are', async () => {
    const response = await post(service, { database: 'postgres', sql: 'SELECT 1' });

    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      errors: [{ pointer: '#/database', detail: 'must be one of inventory' }],
    });
  });

  test.each([
    ['no statement', { database: 'inventory' }, '#/sql'],
    ['an empty one', { database: 'inventory', sql: '' }, '#/sql'],
    ['too long a one', { database: 'inventory', sql: `SELECT ${'1'.repeat(66_000)}` }, '#/sql'],
    ['U+0000 in it', { database: 'inventory', sql: 'SELECT 1\u0000' }, '#/sql'],
    ['a parameter that is an object', { database: 'inventory', sql: 'SELECT 1', params: [{}] }, '#/params/0'],
    ['parameters that are no list', { database: 'inventory', sql: 'SELECT 1', params: 'x' }, '#/params'],
    ['no object', [], '#'],
  ])('with %s is refused with 422 that names the field', async (_condition, body, pointer) => {
    const response = await post(service, body);

    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ pointer }] });
  });

  test.each([
    ['of another type', { 'content-type': 'text/plain' }, 415],
    ['for another type', { accept: 'text/html' }, 406],
  ])('%s is refused', async (_condition, headers, status) => {
    expect((await post(service, { database: 'inventory', sql: 'SELECT 1' }, headers)).status).toBe(status);
  });

  test('by another method is refused', async () => {
    const response = await fetch(`http://127.0.0.1:${service.port}/api/query`);

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });
});
