import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { Umzug, type UmzugStorage } from 'umzug';
import type { Logger } from '../logging/create-logger.ts';

/** One step of a schema's history. Its name is its identity and its place: never change it once released. */
export interface Migration {
  name: string;
  /** Statements that PostgreSQL can run in a transaction. */
  sql: string;
}

/** Any number, the same in every replica: names the lock that only one of them can hold. */
const lockKey = 7_255_001;

/**
 * Brings a schema up to date: runs the migrations that the database doesn't know yet, in order. All in one
 * transaction that holds an advisory lock, so that replicas that start together run each once, and a failure
 * leaves the schema as it was.
 * @returns the names of those that ran
 */
export function runMigrations(
  sequelize: Sequelize,
  migrations: readonly Migration[],
  logger: Logger,
): Promise<string[]> {
  return sequelize.transaction(async (transaction) => {
    // A migration may take its time, and so may waiting for another replica's.
    await sequelize.query('SET LOCAL statement_timeout = 0', { transaction });
    await sequelize.query('SELECT pg_advisory_xact_lock($1)', { bind: [lockKey], transaction });
    const umzug = new Umzug({
      migrations: migrations.map(({ name, sql }) => ({
        name,
        up: () => sequelize.query(sql, { transaction }),
      })),
      storage: await openStorage(sequelize, transaction),
      logger: undefined,
    });
    const done = (await umzug.up()).map(({ name }) => name);
    if (done.length > 0) logger.info({ migrations: done }, 'database migrated');
    return done;
  });
}

/** Keeps the names of the migrations that ran in a table of the database, within the given transaction. */
async function openStorage(sequelize: Sequelize, transaction: Transaction): Promise<UmzugStorage> {
  await sequelize.query(
    'CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, executed_at timestamptz NOT NULL DEFAULT now())',
    { transaction },
  );
  return {
    async executed() {
      const rows = await sequelize.query<{ name: string }>(
        'SELECT name FROM schema_migrations ORDER BY name',
        {
          type: QueryTypes.SELECT,
          transaction,
        },
      );
      return rows.map(({ name }) => name);
    },
    async logMigration({ name }) {
      await sequelize.query('INSERT INTO schema_migrations (name) VALUES ($1)', {
        bind: [name],
        transaction,
      });
    },
    async unlogMigration({ name }) {
      await sequelize.query('DELETE FROM schema_migrations WHERE name = $1', { bind: [name], transaction });
    },
  };
}
