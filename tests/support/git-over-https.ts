import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TestCertificate } from './test-authority.ts';

/** What git may be read and pushed by over https. */
export interface HttpsAccess {
  /** The folder of the repositories. */
  readonly folder: string;
  /** Whether anybody may read the repository of a path, such as `/fork.git/info/refs`. */
  readonly isPublic: (path: string) => boolean;
  readonly token: string;
}

/** Serves repositories by git's own http-backend (git-http-backend(1)); who pushes needs the token. */
export function createGitServer(certificate: TestCertificate, access: HttpsAccess): Server {
  const options = { key: certificate.privateKey, cert: certificate.certificate };
  return createServer(options, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://host');
    const isPush = /git-receive-pack/.test(`${url.pathname}${url.search}`);
    const isAllowed = hasToken(request, access.token) || (!isPush && access.isPublic(url.pathname));
    if (isAllowed) return runBackend(request, response, url, access.folder);
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
  });
}

function hasToken(request: IncomingMessage, token: string): boolean {
  const [, encoded = ''] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString().split(':')[1] === token;
}

function runBackend(request: IncomingMessage, response: ServerResponse, url: URL, folder: string): void {
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      // biome-ignore lint/style/noProcessEnv: where git is
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'test',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: `${request.headers['git-protocol'] ?? ''}`,
    },
  });
  backend.stdin.on('error', () => undefined);
  request.pipe(backend.stdin);
  passOn(backend.stdout, response);
}

/** A CGI program prints headers, an empty line, and the body (RFC 3875). */
function passOn(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  output.on('data', (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const headers = head.subarray(0, end).toString().split('\r\n').map(splitHeader);
    const status = headers.find(([name]) => name === 'Status')?.[1];
    response.writeHead(Number.parseInt(status ?? '200', 10), Object.fromEntries(headers));
    response.write(head.subarray(end + 4));
  });
  output.on('end', () => response.end());
}

function splitHeader(line: string): readonly [string, string] {
  const separator = line.indexOf(':');
  return [line.slice(0, separator), line.slice(separator + 1).trim()];
}
