import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect as connectTo, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { stringify } from 'yaml';
import { createTestCertificate } from '../../tests/support/test-authority.ts';
import { connectKubernetes, type KubernetesClient } from './kubernetes.ts';

const PODS = '/api/v1/namespaces/observability/pods';
const SERVICE = '/api/v1/namespaces/observability/services/loki';
const selector = { 'app.kubernetes.io/name': 'loki' };
const pod = {
  metadata: { name: 'loki-0' },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** What a pod's program answers. */
async function startProgram(answer: RequestListener): Promise<number> {
  const server = createHttpServer(answer);
  onTestFinished(() => void server.close().closeAllConnections());
  return await listen(server);
}

/**
 * Carries a connection as kubelets do: a channel for what is said and one for why not, each beginning with the port
 * (https://pkg.go.dev/k8s.io/kubelet/pkg/cri/streaming/portforward).
 */
function carry(socket: WebSocket, port: number): void {
  const target = connectTo(port, '127.0.0.1');
  const number = Buffer.alloc(2);
  number.writeUInt16LE(port);
  const send = (channel: number, data: Buffer) => socket.send(Buffer.concat([Buffer.of(channel), data]));
  send(0, number);
  send(1, number);
  socket.on('message', (data: Buffer) => void target.write(data.subarray(1)));
  socket.on('close', () => target.destroy());
  target.on('data', (data: Buffer) => send(0, data));
  target.on('error', ({ message }) => send(1, Buffer.from(message)));
  target.on('end', () => socket.close());
}

/** A client of a server that stands where an API server does, in front of one pod of a Service. */
async function connect(
  pods: readonly object[] = [pod],
): Promise<{ client: KubernetesClient; asked: string[] }> {
  const { authority, certificate, privateKey } = await createTestCertificate('127.0.0.1');
  const asked: string[] = [];
  const server = createServer({ cert: certificate, key: privateKey }, ({ url = '' }, response) => {
    const { pathname } = new URL(url, 'https://server');
    const found = { [SERVICE]: { spec: { selector } }, [PODS]: { items: pods } }[pathname];
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(found));
  });
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'v4.channel.k8s.io' });
  sockets.on('connection', (socket, { url = '', headers }) => {
    asked.push(`${url} ${headers.authorization}`);
    carry(socket, Number(new URL(url, 'https://server').searchParams.get('ports')));
  });
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close().closeAllConnections();
  });
  const kubeconfig = stringify({
    clusters: [
      {
        name: 'it',
        cluster: {
          server: `https://127.0.0.1:${await listen(server)}`,
          'certificate-authority-data': Buffer.from(authority).toString('base64'),
        },
      },
    ],
    users: [{ name: 'me', user: { token: 'secret' } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'me' } }],
    'current-context': 'it',
  });
  return { client: connectKubernetes(kubeconfig), asked };
}

const portOf = (port: number) => ({ namespace: 'observability', service: 'loki', port });

test('a pod of a Service is asked through the API server, as its user, with the query as it is', async () => {
  const seen: string[] = [];
  const port = await startProgram(({ method, url }, response) => {
    seen.push(`${method} ${url}`);
    response.end('said');
  });
  const { client, asked } = await connect();
  const answer = await client.getFromService(portOf(port), '/loki/api?query=%7Ba%3D%22b%22%7D&limit=1');
  expect(answer).toEqual({ status: 200, body: 'said' });
  expect(seen).toEqual(['GET /loki/api?query=%7Ba%3D%22b%22%7D&limit=1']);
  expect(asked).toEqual([`${PODS}/loki-0/portforward?ports=${port} Bearer secret`]);
});

test('who asks more than once keeps the connection, and gets another where it was closed', async () => {
  let isClosing = false;
  const port = await startProgram(({ url }, response) => {
    response.shouldKeepAlive = !isClosing;
    response.end(url);
  });
  const { client, asked } = await connect();
  await using connection = client.connectToService(portOf(port));
  const ask = async (path: string) => expect(await connection.get(path)).toEqual({ status: 200, body: path });
  await ask('/one');
  await ask('/two');
  expect(asked).toHaveLength(1);
  isClosing = true;
  await ask('/three');
  await ask('/four');
  expect(asked).toHaveLength(2);
});

test('an answer of many pieces comes whole, and in other characters than ASCII', async () => {
  const piece = 'zwölf Zeilen\n'.repeat(10_000);
  const port = await startProgram((_request, response) => {
    for (let count = 0; count < 20; count += 1) response.write(piece);
    response.end();
  });
  const { client } = await connect();
  expect((await client.getFromService(portOf(port), '/')).body).toBe(piece.repeat(20));
});

test('what the program refuses is told by its status', async () => {
  const port = await startProgram((_request, response) => response.writeHead(503).end('not yet'));
  const { client } = await connect();
  expect(await client.getFromService(portOf(port), '/ready')).toEqual({ status: 503, body: 'not yet' });
});

test('a program that does not listen, ends in the middle, or has no pod that is ready is told as such', async () => {
  const broken = await startProgram((request, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('some');
    setTimeout(() => request.socket.destroy(), 50);
  });
  const { client } = await connect();
  await expect(client.getFromService(portOf(broken), '/')).rejects.toThrow('other side closed');
  await expect(client.getFromService(portOf(1), '/')).rejects.toThrow(
    /observability\/loki can't be reached: .*ECONNREFUSED/,
  );
  const { client: lonely } = await connect([]);
  await expect(lonely.getFromService(portOf(1), '/')).rejects.toThrow(/No pods found/);
});
