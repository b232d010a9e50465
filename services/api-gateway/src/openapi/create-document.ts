import { createDocument } from 'zod-openapi';
import { billingPaths } from './billing-paths.ts';
import { moviePaths } from './movie-paths.ts';
import { queryPaths } from './query-paths.ts';
import { servicePaths } from './service-paths.ts';

const description = `A movie inventory, a billing queue, and SQL that only reads.

Everything under \`/api\` is served without that prefix, too, but for \`/api/health\`; a trailing slash makes no
difference. Where there is \`GET\` there is \`HEAD\`; other methods that a path lacks are answered 405 with \`Allow\`.

Errors are \`application/problem+json\` (RFC 9457). An \`X-Request-Id\` of 1 to 100 letters, digits and \`_ . : -\` is
taken over, else one is made; every answer has it.`;

/**
 * Makes the OpenAPI document of the whole API, from the schemas that check requests.
 * Source: https://spec.openapis.org/oas/v3.1.1.html
 * @param version the gateway's
 */
export function createOpenApiDocument(version: string): ReturnType<typeof createDocument> {
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Movies and billing',
      version,
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'movies', description: 'The inventory' },
      { name: 'billing', description: 'Orders' },
      { name: 'query', description: 'SQL that only reads' },
      { name: 'service', description: 'The gateway itself' },
    ],
    // Open to all, but for what says otherwise.
    security: [],
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
    paths: { ...moviePaths, ...billingPaths, ...queryPaths, ...servicePaths },
  });
}
