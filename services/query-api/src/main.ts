import { runService } from 'service-runtime/lifecycle/run-service';
import manifest from '../package.json' with { type: 'json' };
import { readQueryConfig } from './config.ts';
import { startQueryApi } from './server.ts';

await runService({
  name: manifest.name,
  version: manifest.version,
  readConfig: readQueryConfig,
  start: startQueryApi,
});
