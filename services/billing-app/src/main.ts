import { runService } from 'service-runtime/lifecycle/run-service';
import manifest from '../package.json' with { type: 'json' };
import { readBillingConfig } from './config.ts';
import { startBilling } from './server.ts';

await runService({
  name: manifest.name,
  version: manifest.version,
  readConfig: readBillingConfig,
  start: startBilling,
});
