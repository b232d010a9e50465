import { type RequestHandler, type Response, Router } from 'express';
import { Problem } from 'service-runtime/http/problem';
import { refuseOtherMethods } from 'service-runtime/http/refuse-other-methods';
import swaggerUi from 'swagger-ui-dist/package.json' with { type: 'json' };
import { createOpenApiDocument } from '../openapi/create-document.ts';
import { docsPage, startScript } from './docs-page.ts';

export interface DocsOptions {
  /** The gateway's. */
  version: string;
  /** The folder of Swagger UI's files. */
  swaggerUiFolder: string;
}

/** Those of Swagger UI's files that the page needs; all others stay private. */
const assets = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']);

const yearMs = 365 * 24 * 60 * 60 * 1000;

/**
 * What the page may load and do: its own files and calls of this API, and nothing else. Swagger UI draws with
 * pictures in data: URLs. Tried in Chromium 153: it complains of nothing.
 * Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Routes of the API's description: the document at `/openapi.json`, and a page that shows it at `/docs`. */
export function docsRoutes({ version, swaggerUiFolder }: DocsOptions): Router {
  const router = Router();
  const get = (path: string, handler: RequestHandler<{ file: string }>) =>
    router.route(path).get(protect, handler).all(refuseOtherMethods('GET', 'HEAD'));
  let document: string | undefined;
  get('/openapi.json', (_request, response) => {
    // Made when first asked for: not all processes are, and it takes a while.
    document ??= JSON.stringify(createOpenApiDocument(version));
    revalidated(response).type('json').send(document);
  });
  get('/docs', (_request, response) => {
    revalidated(response)
      .set('content-security-policy', contentSecurityPolicy)
      .type('html')
      .send(docsPage(swaggerUi.version));
  });
  get('/docs/start.js', (_request, response) => {
    revalidated(response).type('js').send(startScript);
  });
  get('/docs/assets/:file', (request, response) => {
    const { file } = request.params;
    if (!assets.has(file)) throw new Problem(404, { detail: 'There is no file of that name.' });
    // The page asks for them with their version, so that a new version has a new address.
    response.sendFile(file, { root: swaggerUiFolder, maxAge: yearMs, immutable: true });
  });
  return router;
}

/** Keeps browsers from taking a file for anything but what it is said to be. */
const protect: RequestHandler<{ file: string }> = (_request, response, next) => {
  response.set('x-content-type-options', 'nosniff');
  next();
};

/** @returns the response, which may be kept but must be asked for again each time */
function revalidated(response: Response): Response {
  return response.set('cache-control', 'no-cache');
}
