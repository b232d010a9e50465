import { join } from 'node:path';
import { TEST_CACHE } from './go-tools.ts';

/** Where tests put what browsers showed; `npm run pictures` puts it into docs/. */
export function picturesFolder(): string {
  return join(TEST_CACHE, 'pictures');
}
