import { destination } from 'pino';
import { ConfigError } from 'service-runtime/config/read-config';
import { createLogger } from 'service-runtime/logging/create-logger';
import packageManifest from '../package.json' with { type: 'json' };
import { commands } from './commands.ts';
import { readBackupConfig } from './config.ts';

const [name = 'scheduled', ...args] = process.argv.slice(2);
// Standard output is for archives.
const logger = createLogger(
  { service: packageManifest.name, version: packageManifest.version, level: 'info' },
  destination({ dest: 2, sync: true }),
);

try {
  const command = commands[name];
  if (!command) throw new ConfigError([`${name}: is none of ${Object.keys(commands).join(', ')}`]);
  const config = readBackupConfig();
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => ending.abort(new Error(`ended by ${signal}`)));
  const timeout = name === 'wait' ? [] : [AbortSignal.timeout(config.backupTimeoutMs)];
  const signal = AbortSignal.any([ending.signal, ...timeout]);
  await command({ config, logger, input: process.stdin, output: process.stdout, signal }, args);
} catch (error) {
  process.exitCode = 1;
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else logger.fatal({ err: error }, error instanceof Error ? error.message : String(error));
}

// Standard input may be open still, and nobody will write to it.
process.stdin.destroy();
