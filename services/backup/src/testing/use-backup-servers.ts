import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from 'service-runtime/database/create-database';
import { type Migration, runMigrations } from 'service-runtime/database/run-migrations';
import { createLogger } from 'service-runtime/logging/create-logger';
import { afterAll, beforeAll } from 'vitest';
import { queryAsAdministrator } from '../../../backends/create-test-database.ts';
import { freePort } from '../../../backends/free-port.ts';
import type { PostgresAddress } from '../../../backends/start-postgres.ts';
import { type RabbitmqServer, startRabbitmq } from '../../../backends/start-rabbitmq.ts';
import { migrations as billingMigrations } from '../../../billing-app/src/orders/migrations.ts';
import { migrations as inventoryMigrations } from '../../../inventory-app/src/movies/migrations.ts';
import { writeArchive } from '../archive/write-archive.ts';
import type { Sources } from '../config.ts';
import { type BackupRequest, createBackup } from '../create-backup.ts';
import type { DatabaseAddress } from '../database/database-address.ts';
import { type RestoreResult, restoreBackup } from '../restore-backup.ts';
import { type InstalledPostgres, startInstalledPostgres } from './start-installed-postgres.ts';

export const silent = createLogger({ service: 'backup', version: '0', level: 'silent' });

/** How the services' settings name a database. */
export function asServiceDatabase(address: DatabaseAddress) {
  return { ...address, poolSize: 5, applicationName: 'test' };
}

/** A PostgreSQL and a broker for one test file, and what tests do with them. */
export class BackupServers {
  private postgresServer: InstalledPostgres | undefined;
  private brokerServer: RabbitmqServer | undefined;
  private metricsPort = 0;
  private databases = 0;
  folder = '';

  async start(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'backup-test-'));
    this.metricsPort = await freePort();
    this.postgresServer = await startInstalledPostgres();
    this.brokerServer = await startRabbitmq({ metricsPort: this.metricsPort });
  }

  async stop(): Promise<void> {
    await this.postgresServer?.stop();
    await this.brokerServer?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get rabbitmq(): RabbitmqServer {
    if (!this.brokerServer) throw new Error('not started');
    return this.brokerServer;
  }

  get administrator(): PostgresAddress {
    const { host, port, password } = this.postgres;
    return { host, port, username: 'postgres', password };
  }

  get postgres(): InstalledPostgres {
    if (!this.postgresServer) throw new Error('not started');
    return this.postgresServer;
  }

  /** Two new databases, each with a role of its own that owns it, as provision.sh makes them; without tables. */
  async createSources(): Promise<Sources> {
    this.databases += 1;
    const create = async (kind: string): Promise<DatabaseAddress> => {
      const name = `${kind}_${this.databases}`;
      const { host, port } = this.postgres;
      await this.query('postgres', `CREATE ROLE ${name} LOGIN PASSWORD 'secret'`);
      await this.query('postgres', `CREATE DATABASE ${name} OWNER ${name}`);
      return { host, port, name, username: name, password: 'secret' };
    };
    return {
      inventory: await create('inventory'),
      billing: await create('billing'),
      broker: { ...this.rabbitmq, connectionName: 'backup' },
      // The broker's collect_statistics_interval is 500 ms here.
      metrics: { host: '127.0.0.1', port: this.metricsPort, maxAgeMs: 800 },
      billingQueue: 'billing_queue',
      programs: this.postgres.programs,
    };
  }

  async migrate(sources: Sources): Promise<void> {
    await migrate(sources.inventory, inventoryMigrations);
    await migrate(sources.billing, billingMigrations);
  }

  /** Runs a statement as the superuser. */
  async query(database: string, sql: string): Promise<Record<string, unknown>[]> {
    return await queryAsAdministrator(this.administrator, database, sql);
  }

  /** Makes a backup. @returns its file */
  async backUp(sources: Sources, request: Partial<BackupRequest> = {}): Promise<string> {
    const folder = await mkdtemp(join(this.folder, 'parts-'));
    const manifest = await createBackup(
      { cluster: 'test', kind: 'requested', ...request },
      { sources, folder, holdTimeoutMs: 30_000, logger: silent, signal: AbortSignal.timeout(50_000) },
    );
    const file = `${folder}.backup`;
    await writeArchive(folder, manifest, file);
    return file;
  }

  async restore(sources: Sources, file: string, mayReplace = false): Promise<RestoreResult> {
    const folder = await mkdtemp(join(this.folder, 'restored-'));
    await mkdir(folder, { recursive: true });
    const signal = AbortSignal.timeout(50_000);
    return await restoreBackup({ sources, file, folder, mayReplace, logger: silent, signal });
  }
}

export async function migrate(address: DatabaseAddress, migrations: readonly Migration[]): Promise<void> {
  const sequelize = createDatabase(asServiceDatabase(address), silent);
  try {
    await runMigrations(sequelize, migrations, silent);
  } finally {
    await sequelize.close();
  }
}

/** Starts the servers before the tests of a file, and stops them after. */
export function useBackupServers(): BackupServers {
  const servers = new BackupServers();
  beforeAll(() => servers.start());
  afterAll(() => servers.stop());
  return servers;
}
