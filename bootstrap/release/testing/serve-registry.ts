import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a registry has of an image, by its name and tag such as `me/api-gateway:abc`. */
export interface StoredImage {
  readonly platforms: readonly string[];
  /** Whether it is the manifest of one platform instead of an index. */
  readonly isSingle?: boolean;
}

/** What is served, which a test may change meanwhile. */
export interface RegistryContents {
  readonly images: Map<string, StoredImage>;
  /** The password of the user `me`; anybody may do all where there is none. */
  readonly password?: string;
  /** How many of the next requests are answered with 429. */
  busy: number;
}

/** A server on loopback. */
export interface RegistryServer extends AsyncDisposable {
  /** Its address, as in the names of images. */
  readonly host: string;
  readonly requests: readonly string[];
}

/**
 * Serves the part of a registry's API that tells what there is, with tokens as Docker Hub gives them out: to
 * anybody for the looks at public images, and only by the right password to who says who they are.
 */
export async function serveRegistry(contents: RegistryContents): Promise<RegistryServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(contents, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(contents: RegistryContents, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', `http://${request.headers.host}`);
  const { authorization } = request.headers;
  if (contents.busy > 0) {
    contents.busy -= 1;
    response.writeHead(429, { 'retry-after': '0' }).end();
  } else if (url.pathname === '/token') {
    giveToken(contents, authorization, response);
  } else if (contents.password !== undefined && !authorization?.startsWith('Bearer token')) {
    const challenge = `Bearer realm="${url.origin}/token",service="registry"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
  } else if (url.pathname === '/v2/') {
    response.end('{}');
  } else {
    show(contents, url.pathname, response);
  }
}

function show(contents: RegistryContents, pathname: string, response: ServerResponse): void {
  const [, path, kind, name = ''] = pathname.match(/^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/) ?? [];
  const image = contents.images.get(`${path}:${name}`);
  const [only = ''] = image?.platforms ?? [];
  if (kind === 'blobs') sendJson(response, parsePlatform(name.replace('sha256:', '')));
  else if (!image) response.writeHead(404).end();
  else if (image.isSingle) sendJson(response, { config: { digest: `sha256:${only.replace('/', '-')}` } });
  else {
    const manifests = image.platforms.map((platform) => ({ platform: parsePlatform(platform) }));
    sendJson(response, { manifests });
  }
}

function giveToken(
  { password }: RegistryContents,
  authorization: string | undefined,
  response: ServerResponse,
): void {
  const right = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
  if (authorization !== undefined && authorization !== right) response.writeHead(401).end();
  else sendJson(response, { token: authorization === undefined ? 'token-anybody' : 'token-me' });
}

function parsePlatform(platform: string): object {
  const [os, architecture] = platform.split(/[/-]/);
  return { os, architecture };
}

function sendJson(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}
