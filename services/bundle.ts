import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles a service and all it imports into one file, `<service>/dist/main.mjs`, so that its image carries no
 * node_modules and a process reads one file at start. Beside it comes `healthcheck.mjs`, for the image's HEALTHCHECK.
 * Usage: node bundle.ts SERVICE
 */
const [service] = process.argv.slice(2);
if (service === undefined) throw new Error('Usage: node bundle.ts SERVICE');

await build({
  entryPoints: {
    main: join(import.meta.dirname, service, 'src', 'main.ts'),
    healthcheck: join(import.meta.dirname, 'service-runtime', 'src', 'health', 'healthcheck.ts'),
  },
  outdir: join(import.meta.dirname, service, 'dist'),
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
