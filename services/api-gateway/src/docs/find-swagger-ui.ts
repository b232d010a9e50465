import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** @returns the folder of Swagger UI's files: beside the bundle in the image, where npm put them elsewhere */
export function findSwaggerUi(): string {
  const bundled = join(import.meta.dirname, 'swagger-ui-dist');
  if (existsSync(bundled)) return bundled;
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
