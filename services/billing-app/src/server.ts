import { connectBroker } from 'service-runtime/broker/connect-broker';
import { connectDatabase } from 'service-runtime/database/connect-database';
import { createDatabase, readPool } from 'service-runtime/database/create-database';
import { createReadiness } from 'service-runtime/health/readiness';
import { type RunningService, serve } from 'service-runtime/lifecycle/serve';
import type { Logger } from 'service-runtime/logging/create-logger';
import { createMetrics } from 'service-runtime/metrics/create-metrics';
import { observePools } from 'service-runtime/metrics/observe-pools';
import { observeQueues } from 'service-runtime/metrics/observe-queues';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { migrations } from './orders/migrations.ts';
import { type OrderConsumer, startOrderConsumer } from './orders/order-consumer.ts';
import { createOrderMetrics } from './orders/order-metrics.ts';
import { createOrderRepository } from './orders/order-repository.ts';
import { createProcessBatch } from './orders/process-batch.ts';
import { createQueueReader } from './orders/read-queues.ts';
import { createStoreOrders } from './orders/store-orders.ts';
import { createUntilWritable } from './orders/until-writable.ts';

/** Starts billing. It listens at once, and connects to its database and to the broker in the background. */
export async function startBilling(config: Config, logger: Logger): Promise<RunningService> {
  const { billingQueue: queueName, prefetch, holdTimeoutMs } = config;
  const metrics = createMetrics();
  const sequelize = createDatabase(config.database, logger);
  observePools(metrics.registry, { 'billing-database': () => readPool(sequelize) });
  const orders = createOrderRepository(sequelize);
  const storeOrders = createStoreOrders(orders, { holdTimeoutMs }, logger);
  const processBatch = createProcessBatch(storeOrders, createOrderMetrics(metrics.registry), logger);
  const database = connectDatabase(sequelize, config.database, migrations, logger);
  const untilWritable = createUntilWritable(database, orders);
  let consumer: OrderConsumer | undefined;
  const queues = createQueueReader(queueName, () => consumer?.held() ?? 0);
  observeQueues(metrics.registry, queues.read);
  const broker = await connectBroker(
    config.broker,
    async (connection) => {
      const options = { queueName, prefetch, processBatch, untilWritable };
      consumer = await startOrderConsumer(connection, options, logger);
      await queues.attach(connection);
    },
    logger,
  );
  const readiness = createReadiness({ 'billing-database': database.check, rabbitmq: broker.check });
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
