import type { RequestListener } from 'node:http';
import type { Registry } from 'prom-client';
import { type HttpServer, startHttpServer } from '../http/start-http-server.ts';

/**
 * Serves `GET /metrics` on a port of its own, so that it is not reachable where the service is.
 * @param port 0 takes any free one
 */
export function startMetricsServer(registry: Registry, port: number): Promise<HttpServer> {
  const listener: RequestListener = async (request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    try {
      const text = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType }).end(text);
    } catch {
      response.writeHead(500).end();
    }
  };
  return startHttpServer((request, response) => void listener(request, response), port);
}
