import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCommand, startCommand } from '../../../tests/support/run-command.ts';
import { connectQueueClient, type QueueClient } from '../../billing-app/src/testing/queue-client.ts';
import { order } from '../../billing-app/src/testing/start-test-billing.ts';
import type { Sources } from './config.ts';
import { useBackupServers } from './testing/use-backup-servers.ts';

const servers = useBackupServers();
let queue: QueueClient;

beforeEach(async () => {
  queue = await connectQueueClient(servers.rabbitmq, 'billing_queue');
});

afterEach(() => queue.close());

test('a backup that is killed while it holds the queue leaves every message there', async () => {
  const sources = await servers.createSources();
  await servers.migrate(sources);
  await queue.sendAll(Array.from({ length: 100 }, () => ({ body: order })));
  const environment = {
    PATH: `${servers.postgres.programs}:/usr/bin:/bin`,
    RABBITMQ_HOST: servers.rabbitmq.host,
    RABBITMQ_PORT: String(servers.rabbitmq.port),
    RABBITMQ_USERNAME: servers.rabbitmq.username,
    RABBITMQ_PASSWORD: servers.rabbitmq.password,
    RABBITMQ_METRICS_HOST: '127.0.0.1',
    RABBITMQ_METRICS_PORT: String(sources.metrics.port),
    RABBITMQ_METRICS_MAX_AGE_MS: '60000',
    BACKUP_FOLDER: servers.folder,
    SCRATCH_FOLDER: servers.folder,
    ...databaseEnvironment('INVENTORY', sources.inventory),
    ...databaseEnvironment('BILLING', sources.billing),
  };
  const main = join(import.meta.dirname, 'main.ts');
  const { child, result } = startCommand(process.execPath, [main, 'scheduled'], { env: environment });
  await vi.waitFor(async () => expect(await queue.depth()).toBe(0), 20_000);
  // New orders are accepted meanwhile.
  await queue.send(order);
  child.kill('SIGKILL');
  await result;
  await vi.waitFor(async () => expect(await queue.depth()).toBe(101), 20_000);

  const done = await runCommand(process.execPath, [main, 'scheduled'], {
    env: { ...environment, RABBITMQ_METRICS_MAX_AGE_MS: '800' },
  });
  expect(done).toMatchObject({ exitCode: 0 });
  const list = await runCommand(process.execPath, [main, 'list'], { env: environment });
  const [backup] = JSON.parse(list.stdout) as { name: string }[];
  expect(backup?.name).toMatch(/^\d{8}T\d{6}Z\.backup$/);
});

function databaseEnvironment(prefix: string, address: Sources['billing']): Record<string, string> {
  return {
    [`${prefix}_DATABASE_HOST`]: address.host,
    [`${prefix}_DATABASE_PORT`]: String(address.port),
    [`${prefix}_DATABASE_NAME`]: address.name,
    [`${prefix}_DATABASE_USERNAME`]: address.username,
    [`${prefix}_DATABASE_PASSWORD`]: address.password,
  };
}
