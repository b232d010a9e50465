import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { maxBodyBytes, timeoutMs, useProxy } from '../testing/use-proxy.ts';
import { readBody } from '../testing/use-upstreams.ts';

const { start, warnings } = useProxy();

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
    via: '1.1 api-gateway',
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

test('answer that breaks off because the client hung up is logged; one that arrives whole is not', async () => {
  const url = await start((received, response) => {
    if (received.url === '/api/whole') response.end('whole');
    else response.write('part');
  });
  const leaving = new AbortController();

  for (let count = 0; count < 20; count += 1) await (await fetch(`${url}/whole`)).text();
  expect(warnings).toEqual([]);
  await fetch(`${url}/part`, { signal: leaving.signal });
  leaving.abort();

  await vi.waitFor(() => expect(warnings).toEqual(['answer broken off']), { timeout: 5000 });
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

test('body goes to the upstream while the client still sends it', async () => {
  const received = Promise.withResolvers<string>();
  const url = await start(async (message, response) => {
    message.once('data', (chunk: Buffer) => received.resolve(chunk.toString()));
    response.end(await readBody(message));
  });
  const sent = request(url, { method: 'POST' });
  sent.write('first ');

  expect(await received.promise).toBe('first ');
  sent.end('last');
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  expect(await readBody(response)).toBe('first last');
});

test('client that reads slowly slows the upstream down, instead of filling the memory', async () => {
  const chunk = Buffer.alloc(64 * 1024);
  let written = 0;
  const url = await start((_message, response) => {
    const write = () => {
      written += chunk.length;
      if (response.write(chunk)) setImmediate(write);
      else response.once('drain', write);
    };
    write();
  });
  const sent = request(url).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.pause();

  // Longer than an upstream may be silent: it isn't, the client is.
  await sleep(3 * timeoutMs);
  const early = written;
  await sleep(2 * timeoutMs);

  expect(written).toBe(early);
  expect(written).toBeLessThan(64 * 1024 * 1024);
  response.resume();
  await vi.waitFor(() => expect(written).toBeGreaterThan(early), { timeout: 5000 });
  response.destroy();
});

test('client that sends slowly is not taken for a slow upstream', async () => {
  const url = await start(async (message, response) => {
    response.end(await readBody(message));
  });
  const sent = request(url, { method: 'POST' });
  for (let count = 0; count < 4; count += 1) {
    sent.write('.');
    await sleep(timeoutMs / 2);
  }
  sent.end();

  const [response] = (await once(sent, 'response')) as [IncomingMessage];

  expect(response.statusCode).toBe(200);
  expect(await readBody(response)).toBe('....');
});
