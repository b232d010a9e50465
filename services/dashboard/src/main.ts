import { runService } from 'service-runtime/lifecycle/run-service';
import manifest from '../package.json' with { type: 'json' };
import { readDashboardConfig } from './config.ts';
import { startDashboard } from './server.ts';

await runService({
  name: manifest.name,
  version: manifest.version,
  readConfig: readDashboardConfig,
  start: startDashboard,
});
