import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { timeoutMs, useProxy } from '../testing/use-proxy.ts';

const { start, startBefore, startBeforeTcp } = useProxy();

async function problemOf(response: Response): Promise<[number, unknown]> {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  const { status, detail } = (await response.json()) as { status: number; detail: unknown };
  expect(status).toBe(response.status);
  return [status, detail];
}

/** Waits for a request, then answers it so. */
function answering(...parts: readonly string[]): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      for (const part of parts) socket.write(part);
      socket.end();
    });
  };
}

test('upstream that is not there answers 503 with Retry-After', async () => {
  const response = await fetch(await startBefore('http://127.0.0.1:1'));

  expect(response.headers.get('retry-after')).toBe('2');
  expect(await problemOf(response)).toEqual([503, 'inventory-app is not available now.']);
});

test('upstream whose name nobody knows answers 503', async () => {
  const response = await fetch(await startBefore('http://nowhere.invalid'));

  expect(await problemOf(response)).toEqual([503, 'inventory-app is not available now.']);
});

test.each<[string, (socket: Socket) => void]>([
  ['says nothing', () => undefined],
  ['does not end its headers', (socket) => void socket.write('HTTP/1.1 200 OK\r\nX-Own: yes\r\n')],
  ['is not ready to go on', (socket) => void socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')],
])('upstream that %s in time is 504', async (_condition, onConnection) => {
  const url = await startBeforeTcp(onConnection);
  const startedAt = performance.now();

  expect(await problemOf(await fetch(url))).toEqual([504, 'inventory-app did not answer in time.']);
  expect(performance.now() - startedAt).toBeLessThan(timeoutMs + 2500);
});

test.each<[string, string, (socket: Socket) => void]>([
  ['hangs up at once', 'broke off the connection', (socket) => socket.destroy()],
  [
    'resets the connection',
    'broke off the connection',
    (socket) => void socket.once('data', () => socket.resetAndDestroy()),
  ],
  ['hangs up on the request', 'broke off the connection', answering()],
  ['breaks off amid its headers', 'broke off the connection', answering('HTTP/1.1 200 OK\r\nX-Ow')],
  ['speaks no HTTP', 'sent no valid answer', answering('SSH-2.0\r\n\r\n')],
  ['sends a malformed header', 'sent no valid answer', answering('HTTP/1.1 200 OK\r\nno colon here\r\n\r\n')],
  [
    'sends a malformed length',
    'sent no valid answer',
    answering('HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n'),
  ],
  [
    'sends a length and chunks',
    'sent no valid answer',
    answering('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'),
  ],
  [
    'sends endless headers',
    'sent no valid answer',
    answering(`HTTP/1.1 200 OK\r\nX-Own: ${'x'.repeat(100_000)}\r\n\r\n`),
  ],
])('upstream that %s is 502', async (_condition, detail, onConnection) => {
  const url = await startBeforeTcp(onConnection);

  expect(await problemOf(await fetch(url, { method: 'POST', body: 'x' }))).toEqual([
    502,
    `inventory-app ${detail}.`,
  ]);
});

test('upstream that answers before it has read the body is heard', async () => {
  const url = await start((_received, response) => {
    response.writeHead(422).end('no');
  });

  const response = await fetch(url, { method: 'POST', body: 'x'.repeat(9000) });

  expect(response.status).toBe(422);
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
  for (const method of ['DELETE', 'POST', 'PUT', 'PATCH']) {
    attempts = 0;
    expect((await fetch(url, { method })).status).toBe(502);
    expect(attempts).toBe(1);
  }
});

test('request that changes nothing is not sent again after a timeout, for that would only add to the load', async () => {
  let attempts = 0;
  const url = await start(() => {
    attempts += 1;
  });

  expect((await fetch(url)).status).toBe(504);
  expect(attempts).toBe(1);
});

test.each<[string, RequestListener]>([
  [
    'breaks off amid its answer of known length',
    (_received, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('part');
      setTimeout(() => response.destroy(), 50);
    },
  ],
  [
    'breaks off amid its chunks',
    (_received, response) => {
      response.write('part');
      setTimeout(() => response.destroy(), 50);
    },
  ],
  ['stalls amid its answer', (_received, response) => void response.write('part')],
])(
  'upstream that %s breaks the answer, instead of ending it as if complete',
  async (_condition, listener) => {
    const url = await start(listener);

    const response = await fetch(url);

    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  },
);

test('proxy serves on after all of that', async () => {
  let count = 0;
  const url = await startBeforeTcp((socket) => {
    count += 1;
    if (count < 10) answering('junk\r\n\r\n')(socket);
    else answering('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell')(socket);
  });

  const statuses: number[] = [];
  for (let request = 0; request < 10; request += 1) {
    const response = await fetch(url, { method: 'POST' });
    statuses.push(response.status);
    await response.text();
  }

  expect(statuses).toEqual([...Array<number>(9).fill(502), 200]);
});
