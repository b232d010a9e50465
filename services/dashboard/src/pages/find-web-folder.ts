import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** @returns the folder of the page's files: beside the bundle in the image; in a clone, where `bundle.ts` writes them */
export function findWebFolder(): string {
  const bundled = join(import.meta.dirname, 'web');
  return existsSync(bundled) ? bundled : join(import.meta.dirname, '..', '..', 'dist', 'web');
}
