import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { answerProblems } from 'service-runtime/http/answer-problems';
import { logRequests } from 'service-runtime/http/log-requests';
import { type HttpServer, startHttpServer } from 'service-runtime/http/start-http-server';
import { createLogger } from 'service-runtime/logging/create-logger';
import { Pool } from 'undici';
import { afterEach, expect, test, vi } from 'vitest';
import { forwardRequests } from './forward-requests.ts';

const maxBodyBytes = 10_000;

let upstream: Server | undefined;
let pool: Pool;
let gateway: HttpServer;

afterEach(async () => {
  await gateway.stop(0);
  await pool.destroy();
  upstream?.closeAllConnections();
  upstream?.close();
  upstream = undefined;
});

/** Starts an upstream that does what the test wants, and a gateway before it. @returns the gateway's address */
async function start(listener: RequestListener): Promise<string> {
  upstream = createServer(listener).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  return await startBefore(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
}

async function startBefore(origin: string): Promise<string> {
  pool = new Pool(origin, { headersTimeout: 300, bodyTimeout: 300, connect: { timeout: 500 } });
  const app = express();
  app.use(logRequests(createLogger({ service: 'test', version: '0', level: 'silent' })));
  app.use(
    forwardRequests({ upstream: pool, upstreamName: 'inventory-app', pathPrefix: '/api', maxBodyBytes }),
  );
  app.use(answerProblems());
  gateway = await startHttpServer(app, 0);
  return `http://127.0.0.1:${gateway.port}`;
}

async function readBody(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  return text;
}

test('request reaches the upstream with its method, path, query and body, and the answer comes back as it is', async () => {
  const url = await start(async (received, response) => {
    const body = await readBody(received);
    response.writeHead(418, { 'x-own': 'yes', 'set-cookie': ['a=1', 'b=2'] });
    response.end(JSON.stringify({ method: received.method, url: received.url, body }));
  });

  const response = await fetch(`${url}/movies/1%2F2?title=a%20b&x`, { method: 'PUT', body: 'text' });

  expect(response.status).toBe(418);
  expect(response.headers.get('x-own')).toBe('yes');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(await response.json()).toEqual({
    method: 'PUT',
    url: '/api/movies/1%2F2?title=a%20b&x',
    body: 'text',
  });
});

test('upstream is told who asked and for which host, and gets no header of the connection', async () => {
  const url = await start((received, response) => {
    response.end(JSON.stringify(received.headers));
  });
  const { port } = new URL(url);
  const asked = request(url, {
    headers: {
      host: 'movies.example',
      connection: 'close, x-hop',
      'x-hop': '1',
      te: 'trailers',
      'proxy-authorization': 'Basic eDp5',
      'x-forwarded-for': '203.0.113.7',
      'x-request-id': 'request-1',
    },
  }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const headers = JSON.parse(await readBody(response)) as Record<string, string>;

  expect(port).not.toBe('');
  expect(headers).toMatchObject({
    'x-forwarded-for': expect.stringMatching(/^203\.0\.113\.7, (::ffff:)?127\.0\.0\.1$/),
    'x-forwarded-host': 'movies.example',
    'x-forwarded-proto': 'http',
    'x-request-id': 'request-1',
  });
  expect(headers.host).toMatch(/^127\.0\.0\.1:/);
  for (const name of ['x-hop', 'te', 'proxy-authorization']) expect(headers).not.toHaveProperty(name);
});

test('answer arrives while the upstream still writes it', async () => {
  const finish = Promise.withResolvers<void>();
  const url = await start(async (_received, response) => {
    response.write('first');
    await finish.promise;
    response.end('last');
  });

  const response = await fetch(url);
  const reader = response.body?.getReader();
  const first = await reader?.read();
  finish.resolve();

  expect(Buffer.from(first?.value ?? []).toString()).toBe('first');
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('last');
});

test('upstream that is not there answers 503 with Retry-After', async () => {
  const response = await fetch(await startBefore('http://127.0.0.1:1'));

  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('2');
  expect(response.headers.get('content-type')).toContain('application/problem+json');
});

test('upstream that does not answer in time is 504', async () => {
  const url = await start(() => undefined);

  expect((await fetch(url)).status).toBe(504);
});

test.each<[string, RequestListener]>([
  ['breaks off', (received) => received.socket.destroy()],
  ['speaks no HTTP', (received) => received.socket.end('SSH-2.0\r\n\r\n')],
])('upstream that %s is 502', async (_condition, listener) => {
  const url = await start(listener);

  expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(502);
});

test('request that changes nothing is sent again after the connection broke; one that does is not', async () => {
  let attempts = 0;
  const url = await start((received, response) => {
    attempts += 1;
    if (attempts % 2 === 1) received.socket.destroy();
    else response.end('well');
  });

  expect(await (await fetch(url)).text()).toBe('well');
  expect(attempts).toBe(2);
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(502);
  expect(attempts).toBe(3);
});

test('upstream that breaks off amid its answer breaks the answer, instead of ending it as if complete', async () => {
  const url = await start((_received, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('part');
    setTimeout(() => response.destroy(), 50);
  });

  const response = await fetch(url);

  await expect(response.text()).rejects.toThrow();
});

test.each([
  ['announced', { 'content-length': String(maxBodyBytes + 1) }],
  ['not announced', { 'transfer-encoding': 'chunked' }],
])('body that is too large is refused with 413 when its length is %s', async (_condition, headers) => {
  const url = await start(async (received, response) => {
    await readBody(received).catch(() => undefined);
    response.end();
  });
  const sent = request(url, { method: 'POST', headers });
  sent.on('error', () => undefined);
  sent.end('x'.repeat(maxBodyBytes + 1));

  const [response] = (await once(sent, 'response')) as [IncomingMessage];

  expect(response.statusCode).toBe(413);
  response.resume();
});

test('client that hangs up ends the request to the upstream', async () => {
  const received = Promise.withResolvers<ServerResponse>();
  const url = await start((_message, response) => received.resolve(response));
  const leaving = new AbortController();
  const left = expect(fetch(url, { signal: leaving.signal })).rejects.toThrow();
  const response = await received.promise;

  leaving.abort();

  await left;
  await vi.waitFor(() => expect(response.closed).toBe(true), { timeout: 5000 });
});

test('connections to the upstream are kept and used again', async () => {
  const sockets = new Set<unknown>();
  const url = await start((received, response) => {
    sockets.add(received.socket);
    response.end();
  });

  for (let count = 0; count < 5; count += 1) await (await fetch(url)).text();

  expect(sockets.size).toBe(1);
});
