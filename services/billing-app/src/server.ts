import { connectBroker } from 'service-runtime/broker/connect-broker';
import { connectDatabase } from 'service-runtime/database/connect-database';
import { createDatabase } from 'service-runtime/database/create-database';
import { createReadiness } from 'service-runtime/health/readiness';
import { type RunningService, serve } from 'service-runtime/lifecycle/serve';
import type { Logger } from 'service-runtime/logging/create-logger';
import { createMetrics } from 'service-runtime/metrics/create-metrics';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { migrations } from './orders/migrations.ts';
import { type OrderConsumer, startOrderConsumer } from './orders/order-consumer.ts';
import { createOrderRepository } from './orders/order-repository.ts';
import { createStoreOrders } from './orders/store-orders.ts';

/** Starts billing. It listens at once, and connects to its database and to the broker in the background. */
export async function startBilling(config: Config, logger: Logger): Promise<RunningService> {
  const sequelize = createDatabase(config.database, logger);
  const storeOrders = createStoreOrders(createOrderRepository(sequelize), logger);
  const database = connectDatabase(sequelize, migrations, logger);
  let consumer: OrderConsumer | undefined;
  const broker = await connectBroker(
    config.broker,
    async (connection) => {
      const options = { queueName: config.billingQueue, prefetch: config.prefetch };
      consumer = await startOrderConsumer(connection, storeOrders, options, logger);
    },
    logger,
  );
  const readiness = createReadiness({ 'billing-database': database.check, rabbitmq: broker.check });
  const metrics = createMetrics();
  return serve({
    logger,
    config,
    app: createApp({ logger, metrics, readiness }),
    readiness,
    metrics,
    // An acknowledgement that is not sent before its connection closes is lost, so the consumer ends first.
    closeAfter: [async () => consumer?.stop(config.shutdownTimeoutMs), broker.close, database.close],
  });
}
