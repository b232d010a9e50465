import { runService } from 'service-runtime/lifecycle/run-service';
import manifest from '../package.json' with { type: 'json' };
import { readInventoryConfig } from './config.ts';
import { startInventory } from './server.ts';

await runService({
  name: manifest.name,
  version: manifest.version,
  readConfig: readInventoryConfig,
  start: startInventory,
});
