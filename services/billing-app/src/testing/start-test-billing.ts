import type { DatabaseOptions } from 'service-runtime/database/create-database';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { createLogger } from 'service-runtime/logging/create-logger';
import { expect, vi } from 'vitest';
import { queryAsAdministrator } from '../../../backends/create-test-database.ts';
import type { RabbitmqAddress } from '../../../backends/start-rabbitmq.ts';
import type { Config } from '../config.ts';
import { startBilling } from '../server.ts';

export const order = { user_id: '22', number_of_items: '4', total_amount: '54557' };
export const patience = { timeout: 30_000, interval: 50 };

/** What a service under test uses, and how its settings differ from the test's usual ones. */
export interface TestBillingOptions extends Partial<Config> {
  database: DatabaseOptions;
  billingQueue: string;
  rabbitmq: RabbitmqAddress;
}

export interface TestBilling extends RunningService {
  /** All that it logged so far, as lines of JSON. */
  readonly log: readonly string[];
}

/** Starts billing within the test's own process, on free ports. */
export async function startTestBilling({ rabbitmq, ...changes }: TestBillingOptions): Promise<TestBilling> {
  const log: string[] = [];
  const config: Config = {
    port: 0,
    metricsPort: 0,
    logLevel: 'info',
    shutdownDelayMs: 0,
    shutdownTimeoutMs: 5000,
    broker: { ...rabbitmq, connectionName: 'test' },
    prefetch: 50,
    holdTimeoutMs: 60_000,
    ...changes,
  };
  const logger = createLogger(
    { service: 'billing-app', version: '0', level: config.logLevel },
    { write: (line: string) => log.push(line) },
  );
  return Object.assign(await startBilling(config, logger), { log });
}

/** Waits until `GET /ready` answers with a status. @returns what it says */
export async function untilReady(
  service: RunningService,
  status: 200 | 503,
): Promise<Record<string, unknown>> {
  return await vi.waitFor(async () => {
    const response = await fetch(`http://127.0.0.1:${service.port}/ready`);
    expect(response.status).toBe(status);
    return (await response.json()) as Record<string, unknown>;
  }, patience);
}

/** @returns how many orders are in a database, and of how many different message ids; 0 while there is no table */
export async function countOrders(database: DatabaseOptions): Promise<{ rows: number; distinct: number }> {
  const sql = 'SELECT count(*)::int AS rows, count(DISTINCT message_id)::int AS "distinct" FROM orders';
  const [counts] = await queryAsAdministrator(database, database.name, sql).catch(() => []);
  return { rows: Number(counts?.rows ?? 0), distinct: Number(counts?.distinct ?? 0) };
}

/** Waits until a database has exactly so many orders, each once. */
export async function untilOrders(
  database: DatabaseOptions,
  count: number,
  timeout = patience.timeout,
): Promise<void> {
  await vi.waitFor(
    async () => expect(await countOrders(database)).toEqual({ rows: count, distinct: count }),
    { ...patience, timeout },
  );
}
