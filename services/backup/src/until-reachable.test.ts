import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { untilReachable } from './until-reachable.ts';

const never = new AbortController().signal;
let servers: Server[] = [];

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

async function listen(port = 0): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function findFreePort(): Promise<number> {
  const port = await listen();
  servers.pop()?.close();
  return port;
}

test('what takes connections is reached at once', async () => {
  const host = '127.0.0.1';
  const places = [
    { host, port: await listen() },
    { host, port: await listen() },
  ];
  expect(await untilReachable(places, 5000, never)).toEqual([]);
});

test('what refuses at first is waited for', async () => {
  const port = await findFreePort();
  const reached = untilReachable([{ host: '127.0.0.1', port }], 30_000, never);
  setTimeout(() => void listen(port), 600);
  expect(await reached).toEqual([]);
});

test('what goes on refusing is told, and so is a name that means nothing', async () => {
  const port = await findFreePort();
  const places = [
    { host: '127.0.0.1', port },
    { host: 'nobody.invalid', port: 1 },
  ];
  expect(await untilReachable(places, 500, never)).toEqual(places);
});

test('the wait ends with its signal', async () => {
  const place = { host: '127.0.0.1', port: await findFreePort() };
  await expect(untilReachable([place], 60_000, AbortSignal.timeout(300))).rejects.toThrow();
});
