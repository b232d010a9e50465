import { createLogger } from 'service-runtime/logging/create-logger';
import { createTestDatabase } from '../../../backends/create-test-database.ts';
import type { PostgresAddress } from '../../../backends/start-postgres.ts';
import { startInventory } from '../../../inventory-app/src/server.ts';
import { createReadableDatabase, startTestService } from '../../../query-api/src/testing/query-service.ts';
import { untilReady } from './requests.ts';

/** The real services behind the gateway. */
export interface Services {
  inventoryAppUrl: string;
  queryApiUrl: string;
  stop(): Promise<void>;
}

/** Starts inventory-app and query-api on databases of their own. */
export async function startServices(postgres: PostgresAddress): Promise<Services> {
  const logger = createLogger({ service: 'inventory-app', version: '0', level: 'silent' });
  const inventory = await startInventory(
    {
      port: 0,
      metricsPort: 0,
      logLevel: 'silent',
      shutdownDelayMs: 0,
      shutdownTimeoutMs: 5000,
      database: await createTestDatabase(postgres),
      failoverWaitMs: 0,
    },
    logger,
  );
  const readable = await createReadableDatabase(postgres);
  const queryApi = await startTestService({ inventory: readable });
  const inventoryAppUrl = `http://127.0.0.1:${inventory.port}`;
  const queryApiUrl = `http://127.0.0.1:${queryApi.port}`;
  await untilReady(inventoryAppUrl);
  return {
    inventoryAppUrl,
    queryApiUrl,
    async stop() {
      await Promise.all([inventory.stop(), queryApi.stop()]);
    },
  };
}
