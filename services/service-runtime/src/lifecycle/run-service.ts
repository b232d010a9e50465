import { once } from 'node:events';
import { ConfigError } from '../config/read-config.ts';
import type { ServiceConfig } from '../config/settings.ts';
import { createLogger, type Logger } from '../logging/create-logger.ts';
import type { RunningService } from './serve.ts';

export interface ServiceDefinition<Config extends ServiceConfig> {
  name: string;
  version: string;
  readConfig: () => Config;
  start: (config: Config, logger: Logger) => Promise<RunningService>;
}

/**
 * Runs a service as a process: starts it, waits for SIGTERM or SIGINT, stops it, exits. The exit code is 0 after
 * a signal and 1 after a problem. A second signal ends the process at once.
 */
export async function runService<Config extends ServiceConfig>(
  definition: ServiceDefinition<Config>,
): Promise<void> {
  const { name, version, start } = definition;
  const config = readConfigOrExit(definition.readConfig);
  const logger = createLogger({ service: name, version, level: config.logLevel });
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'unexpected error, the process ends');
    process.exit(1);
  });
  const signalled = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const service = await start(config, logger);
  logger.info({ port: service.port, metricsPort: service.metricsPort }, 'listening');
  await signalled;
  logger.info('stopping');
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1));
  await service.stop();
  logger.info('stopped');
  process.exit(0);
}

function readConfigOrExit<Config>(readConfig: () => Config): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
