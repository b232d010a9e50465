import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createKeyPair } from '../../secrets/certificate.ts';
import { PROBE_RANGE } from '../source.ts';

/** Everything that the hosts of releases are asked for under their names. */
const HOSTS = ['github.com', 'dl.k8s.io', 'raw.githubusercontent.com'];

/** What goes wrong with one request; each is used once, in order. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends that many bytes, then closes the connection. */
  readonly breakAt?: number;
  /** Sends that many bytes, then nothing more. */
  readonly fallSilentAt?: number;
}

/** A file that is offered. */
export interface OfferedFile {
  readonly body: Buffer | string;
  readonly entityTag?: string;
  readonly ignoresRanges?: boolean;
  readonly faults?: Fault[];
}

/** One request that came. */
export interface ReceivedRequest {
  readonly url: string;
  readonly range: string | undefined;
  readonly status: number;
}

/** The SHA-256 of something, in hexadecimal. */
export function sha256(body: Buffer | string): string {
  return createHash('sha256').update(body).digest('hex');
}

/**
 * A server that stands for all hosts of releases, over TLS and under their own names: a proxy leads every host there.
 * Its certificate has to be trusted (`certificate`), as that of a company's proxy has to be.
 */
export class ReleaseServer implements AsyncDisposable {
  readonly files = new Map<string, OfferedFile>();
  readonly requests: ReceivedRequest[] = [];
  /** What the proxy was asked to connect to, as `host:port`. */
  readonly tunnels: string[] = [];
  /** Hosts that the proxy refuses to connect to. */
  readonly refusedHosts = new Set<string>();
  certificate = '';
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #proxyPort = 0;
  #stop: () => Promise<void> = () => Promise.resolve();

  static async start(): Promise<ReleaseServer> {
    const server = new ReleaseServer();
    await server.#listen();
    return server;
  }

  /** The proxy's address, for HTTPS_PROXY. */
  get proxy(): string {
    return `http://127.0.0.1:${this.#proxyPort}`;
  }

  /** The address at which the server itself answers, past the proxy. */
  get address(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** Offers a file at a URL, and its checksum where its publisher would. */
  offer(url: string, file: OfferedFile | string): void {
    this.files.set(url, typeof file === 'string' ? { body: file } : file);
  }

  /** The URLs that were asked for since, without the checks whether a host answers. */
  get downloads(): string[] {
    return this.requests.filter(({ range }) => range !== PROBE_RANGE).map(({ url }) => url);
  }

  async #listen(): Promise<void> {
    const names = [
      ...HOSTS.map((value) => ({ type: 'dns' as const, value })),
      { type: 'ip' as const, value: '127.0.0.1' },
    ];
    const pair = await createKeyPair({ commonName: 'release server', algorithm: 'ecdsa-p256', names });
    this.certificate = pair.certificate;
    const tls = { key: pair.privateKey, cert: pair.certificate };
    const server = createHttpsServer(tls, (asked, response) => this.#answer(asked, response));
    const proxy = createHttpServer((_, response) => response.writeHead(405).end());
    proxy.on('connect', (asked: IncomingMessage, socket: Socket) => this.#tunnel(asked.url ?? '', socket));
    for (const one of [server, proxy]) {
      one.on('connection', (socket: Socket) => this.#keep(socket));
      await once(one.listen(0, '127.0.0.1'), 'listening');
    }
    this.#port = (server.address() as AddressInfo).port;
    this.#proxyPort = (proxy.address() as AddressInfo).port;
    this.#stop = async () => {
      for (const socket of this.#sockets) socket.destroy();
      await Promise.all([server, proxy].map((one) => once(one.close(), 'close')));
    };
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
  }

  #tunnel(target: string, socket: Socket): void {
    this.tunnels.push(target);
    if (this.refusedHosts.has(target.split(':')[0] ?? '')) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const upstream = connect(this.#port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    this.#keep(upstream);
  }

  #answer(asked: IncomingMessage, response: ServerResponse): void {
    const url = `https://${asked.headers.host}${asked.url}`;
    const file = this.files.get(url);
    const fault = asked.headers.range === PROBE_RANGE ? undefined : file?.faults?.shift();
    const note = (status: number) => {
      this.requests.push({ url, range: asked.headers.range, status });
    };
    if (!file || fault?.status) {
      const status = fault?.status ?? 404;
      note(status);
      response.writeHead(status, fault?.headers).end('an answer that is not the file');
      return;
    }
    const body = Buffer.from(file.body);
    const start = readStart(asked, file);
    const status = start > 0 ? 206 : 200;
    note(status);
    response.writeHead(status, {
      'content-length': body.length - start,
      ...(file.entityTag ? { etag: file.entityTag } : {}),
      ...(start > 0 ? { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` } : {}),
    });
    send(response, body.subarray(start), fault);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

/** A range counts only where the client's part is of the file that is offered now (RFC 9110, If-Range). */
function readStart(asked: IncomingMessage, file: OfferedFile): number {
  const start = Number(/^bytes=(\d+)-$/.exec(asked.headers.range ?? '')?.[1] ?? 0);
  const isOfThisFile = asked.headers['if-range'] === file.entityTag;
  return isOfThisFile && !file.ignoresRanges ? start : 0;
}

function send(response: ServerResponse, body: Buffer, fault: Fault | undefined): void {
  const stopAt = fault?.breakAt ?? fault?.fallSilentAt;
  if (stopAt === undefined) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, stopAt), () => {
    if (fault?.breakAt !== undefined) response.socket?.end();
  });
}
