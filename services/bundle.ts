import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { z } from 'zod';

/**
 * Bundles a service and all it imports into one file, `<service>/dist/main.mjs`, so that its image carries no
 * node_modules and a process reads one file at start. Beside it comes `healthcheck.mjs`, for the image's HEALTHCHECK.
 * Files of packages that a service serves as they are come to `<service>/dist/<package>/`: its package.json names
 * them under `bundledFiles`, by package. A service that has a page
 * bundles it by its own `bundle-page.ts`, to `<service>/dist/web/`.
 * Usage: node bundle.ts SERVICE
 */
const [service] = process.argv.slice(2);
if (service === undefined) throw new Error('Usage: node bundle.ts SERVICE');

const folder = join(import.meta.dirname, service);
const outdir = join(folder, 'dist');

await build({
  entryPoints: {
    main: join(folder, 'src', 'main.ts'),
    healthcheck: join(import.meta.dirname, 'service-runtime', 'src', 'health', 'healthcheck.ts'),
  },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node26',
  format: 'esm',
  // Most packages are CommonJS still, and ask for Node's own modules by require. No source may use the other name.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
  },
  // Of Sequelize and pg; each is asked for only where a feature is used that the services don't.
  external: ['pg-hstore', 'pg-native'],
  // Errors are logged by the names of their classes.
  keepNames: true,
  minifySyntax: true,
  minifyWhitespace: true,
  // Stack traces then name files and lines of the source.
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
});

const page = join(folder, 'bundle-page.ts');
if (existsSync(page)) {
  const { bundlePage }: { bundlePage: (outdir: string) => Promise<void> } = await import(page);
  await bundlePage(join(outdir, 'web'));
}

const manifestSchema = z.object({ bundledFiles: z.record(z.string(), z.array(z.string())).default({}) });
const manifestFile = join(folder, 'package.json');
const manifest = manifestSchema.parse(JSON.parse(await readFile(manifestFile, 'utf8')));
const { resolve } = createRequire(manifestFile);
for (const [name, files] of Object.entries(manifest.bundledFiles)) {
  const source = dirname(resolve(`${name}/package.json`));
  for (const file of files) await cp(join(source, file), join(outdir, name, file));
}
