import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const web = join(import.meta.dirname, 'web');

/** Bundles the page, with its charts and styles, so that it needs nothing from elsewhere. */
export async function bundlePage(outdir: string): Promise<void> {
  await build({
    entryPoints: { page: join(web, 'page.tsx') },
    outdir,
    bundle: true,
    platform: 'browser',
    target: 'es2024',
    format: 'esm',
    minify: true,
    logLevel: 'warning',
  });
  for (const file of ['index.html', 'icon.svg']) await cp(join(web, file), join(outdir, file));
}
