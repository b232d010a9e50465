import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apiKey } from '../../query-api/src/testing/query-service.ts';
import { createOpenApiDocument } from './openapi/create-document.ts';
import {
  anyValue,
  bodyOf,
  contentEncoding,
  contentType,
  fieldsOf,
  headerText,
  parameters,
} from './testing/arbitraries.ts';
import { createDocumentCheck, type OpenApiDocument } from './testing/document-check.ts';
import { order } from './testing/requests.ts';
import { send, sendBytes } from './testing/send.ts';
import { json, refusals, useFuzzedGateway } from './testing/use-fuzzed-gateway.ts';

const { url, sendExpecting } = useFuzzedGateway();

const { bodyCheck } = createDocumentCheck(
  JSON.parse(JSON.stringify(createOpenApiDocument('0'))) as OpenApiDocument,
);

test('orders of any kind are taken or refused, as the document says', async () => {
  const number = fc.oneof(fc.integer(), fc.integer().map(String), fc.double(), anyValue);
  const isAllowed = bodyCheck('post', '/api/billing');
  const body = bodyOf(fc.oneof(fieldsOf(Object.keys(order), number), anyValue));
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const { status } = await sendExpecting([202, ...refusals], {
        method: 'POST',
        path: '/api/billing',
        headers: json,
        body: text,
      });
      if (status === 202) expect(isAllowed(JSON.parse(Buffer.from(text).toString()))).toBe(true);
    }),
    parameters,
  );
});

test('orders that the document allows are taken', async () => {
  const whole = (max: number) => {
    const number = fc.integer({ min: 1, max });
    return fc.oneof(number, number.map(String));
  };
  const cents = fc.integer({ min: 0, max: 1e12 }).map((amount) => (amount / 100).toFixed(2));
  const orders = fc.record({
    user_id: whole(Number.MAX_SAFE_INTEGER),
    number_of_items: whole(2_147_483_647),
    total_amount: fc.oneof(cents, cents.map(Number)),
  });
  const isAllowed = bodyCheck('post', '/api/billing');
  await fc.assert(
    fc.asyncProperty(orders, async (each) => {
      expect(isAllowed(each)).toBe(true);
      await sendExpecting([202], {
        method: 'POST',
        path: '/billing',
        headers: json,
        body: JSON.stringify(each),
      });
    }),
    parameters,
  );
});

test('headers of any kind do no harm', async () => {
  const names = [
    'idempotency-key',
    'x-request-id',
    'x-forwarded-for',
    'x-forwarded-host',
    'connection',
    'via',
  ];
  const others = [
    'accept',
    'authorization',
    'cookie',
    'forwarded',
    'if-modified-since',
    'range',
    'te',
    'x-y',
  ];
  const headers = fieldsOf([...names, ...others], headerText) as fc.Arbitrary<Record<string, string>>;
  await fc.assert(
    fc.asyncProperty(headers, async (each) => {
      const body = JSON.stringify(order);
      await sendExpecting([202, 400], {
        method: 'POST',
        path: '/billing',
        headers: { ...each, ...json },
        body,
      });
      await sendExpecting([200], { method: 'GET', path: '/movies', headers: each });
      await sendExpecting([200, 206, 304, 416], {
        method: 'GET',
        path: '/docs/assets/favicon-32x32.png',
        headers: each,
      });
    }),
    parameters,
  );
});

test('bodies of any type and encoding are taken or refused', async () => {
  const path = fc.constantFrom('/api/movies', '/api/billing', '/api/query');
  const headers = fc.record({ 'content-type': contentType, 'content-encoding': contentEncoding });
  await fc.assert(
    fc.asyncProperty(path, headers, bodyOf(anyValue), async (each, type, body) => {
      await sendExpecting([200, 201, 202, 403, ...refusals], {
        method: 'POST',
        path: each,
        headers: { ...type, 'x-api-key': apiKey },
        body,
      });
    }),
    parameters,
  );
});

test('any path and method is answered', async () => {
  const methods = [
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'PROPFIND',
    'M-SEARCH',
  ];
  const begin = fc.constantFrom(
    '',
    '/api',
    '/movies/',
    '/api/movies',
    '/api/query',
    '/docs/',
    '/docs/assets/',
  );
  const rest = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });
  const path = fc.tuple(begin, rest).map(([first, last]) => `/${first}${last}`.replace(/^\/\//, '/'));
  const body = fc.option(fc.string(), { nil: undefined });
  const statuses = [200, 204, 400, 401, 404, 405, 413, 415, 422];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...methods), path, body, async (method, each, text) => {
      await sendExpecting(statuses, { method, path: each, ...(text === undefined ? {} : { body: text }) });
    }),
    parameters,
  );
});

test('bytes that are no HTTP, or nearly, end the connection and nothing else', async () => {
  const line = fc.constantFrom(
    'GET /api/movies HTTP/1.1\r\n',
    'POST /api/billing HTTP/1.1\r\nContent-Type: application/json\r\n',
    'GET http://x/api/movies HTTP/1.1\r\n',
    'CONNECT x:1 HTTP/1.1\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  );
  const header = fc.constantFrom(
    'Host: x\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: -1\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: gzip, chunked\r\n',
    'Upgrade: websocket\r\nConnection: upgrade\r\n',
    'Expect: 100-continue\r\n',
    'Connection: close\r\n',
    `X: ${'x'.repeat(20_000)}\r\n`,
  );
  const bytes = fc
    .tuple(line, fc.array(header, { maxLength: 4 }), fc.constantFrom('\r\n', ''), fc.uint8Array())
    .map(([first, headers, blank, rest]) =>
      Buffer.concat([Buffer.from(first + headers.join('') + blank), Buffer.from(rest)]),
    );
  await fc.assert(
    fc.asyncProperty(fc.oneof(bytes, fc.uint8Array()), async (each) => {
      const answer = await sendBytes(url(), each);
      expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
      expect((await send(url(), { method: 'GET', path: '/health' })).status).toBe(200);
    }),
    parameters,
  );
});
