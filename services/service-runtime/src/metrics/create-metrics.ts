import type { Request, RequestHandler } from 'express';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** Where a service registers what it measures itself. */
  readonly registry: Registry;
  /** Middleware that measures how long requests take, by method, route template and status. */
  readonly observeRequests: RequestHandler;
}

/** Makes a process's metrics, in the names that Prometheus' conventions give them. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long HTTP requests took, from the first header to the end of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    registry,
    observeRequests(request, response, next) {
      const stopTimer = duration.startTimer();
      response.once('close', () => {
        // A client that hung up is 499, as nginx has it.
        const status = response.writableFinished ? response.statusCode : 499;
        stopTimer({ method: request.method, route: routeOf(request), status });
      });
      next();
    },
  };
}

/** @returns the template of the route that answered: a label must not grow with what clients ask for */
function routeOf(request: Request): string {
  const path: unknown = request.route?.path;
  return typeof path === 'string' ? `${request.baseUrl || mountOf(request, path)}${path}` : 'none';
}

/**
 * Express forgets where a router is mounted as soon as an error leaves it, so that refused requests would be counted
 * under another route than the others.
 * @param template the path of the route within its router
 * @returns the segments of the request's path that come before those that the template stands for
 */
function mountOf({ originalUrl }: Request, template: string): string {
  if (/[*{]/.test(template)) return '';
  const segments = segmentsOf(originalUrl.replace(/[?#].*$/s, ''));
  const mount = segments.slice(0, Math.max(0, segments.length - segmentsOf(template).length));
  return mount.map((segment) => `/${segment.toLowerCase()}`).join('');
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}
