import { runService } from 'service-runtime/lifecycle/run-service';
import manifest from '../package.json' with { type: 'json' };
import { readGatewayConfig } from './config.ts';
import { startGateway } from './server.ts';

await runService({
  name: manifest.name,
  version: manifest.version,
  readConfig: readGatewayConfig,
  start: startGateway,
});
