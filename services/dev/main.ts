import { join } from 'node:path';
import { describeError, UserError } from '../../bootstrap/lib/errors.ts';
import { providePrograms } from '../../bootstrap/lib/provide-programs.ts';
import { dataFolder } from './data-folder.ts';
import { runDevelopment } from './run-development.ts';

/**
 * All services on this machine, with the databases and the broker, until Ctrl-C.
 * Usage: npm run dev
 */
const repository = join(import.meta.dirname, '..', '..');
// What root makes here has to be readable for the user that PostgreSQL runs as.
process.umask(0o022);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // Ctrl-C comes twice under npm: from the terminal, and passed on by npm.
  process.on(signal, () => interrupted.abort());
}
// A terminal that was closed takes no more lines.
process.stdout.on('error', () => interrupted.abort());

if (await providePrograms({ 'rabbitmq-server': 'rabbitmq-server' }, 'the services')) {
  try {
    await runDevelopment({
      folder: dataFolder(repository),
      // biome-ignore lint/style/noProcessEnv: the one place that reads the environment, to pass it on
      environment: process.env,
      write: (text) => process.stdout.write(text),
      signal: interrupted.signal,
    });
  } catch (error) {
    if (!interrupted.signal.aborted) {
      const remedy = error instanceof UserError ? ` ${error.remedy}` : '';
      process.stderr.write(`\n${describeError(error)}.${remedy}\n`);
      process.exitCode = 1;
    }
  }
} else {
  process.exitCode = 1;
}
