import pg from 'pg';
import { Registry } from 'prom-client';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../../../backends/create-test-database.ts';
import { createDatabase, readPool } from '../database/create-database.ts';
import { createLogger } from '../logging/create-logger.ts';
import { observePools } from './observe-pools.ts';

const logger = createLogger({ service: 'test', version: '0', level: 'silent' });

/** @returns what the gauge says, by state */
async function read(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).matchAll(
    /^database_pool_connections\{database="test",state="(\w+)"\} (\d+)$/gm,
  );
  return Object.fromEntries([...lines].map(([, state, count]) => [state, Number(count)]));
}

test('pool of Sequelize shows its idle and used connections, and who waits', async () => {
  const options = await createTestDatabase(inject('postgres'));
  const sequelize = createDatabase({ ...options, poolSize: 2 }, logger);
  onTestFinished(() => sequelize.close());
  const registry = new Registry();
  observePools(registry, { test: () => readPool(sequelize) });
  expect(await read(registry)).toEqual({ idle: 0, used: 0, waiting: 0 });

  const transactions = [await sequelize.transaction(), await sequelize.transaction()];
  const third = sequelize.query('SELECT 1');
  await expect.poll(() => read(registry)).toEqual({ idle: 0, used: 2, waiting: 1 });
  for (const transaction of transactions) await transaction.rollback();
  await third;

  expect(await read(registry)).toEqual({ idle: 2, used: 0, waiting: 0 });
});

test('pool of pg shows the same', async () => {
  const {
    name: database,
    username: user,
    host,
    port,
    password,
  } = await createTestDatabase(inject('postgres'));
  const pool = new pg.Pool({ host, port, user, password, database, max: 1 });
  onTestFinished(() => pool.end());
  const registry = new Registry();
  observePools(registry, {
    test: () => ({
      idle: pool.idleCount,
      used: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
    }),
  });

  const client = await pool.connect();
  const second = pool.query('SELECT 1');
  expect(await read(registry)).toEqual({ idle: 0, used: 1, waiting: 1 });
  client.release();
  await second;

  expect(await read(registry)).toEqual({ idle: 1, used: 0, waiting: 0 });
});
