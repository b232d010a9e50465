import { createDatabase } from 'service-runtime/database/create-database';
import { runMigrations } from 'service-runtime/database/run-migrations';
import { createLogger } from 'service-runtime/logging/create-logger';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createTestDatabase, queryAsAdministrator } from '../../../backends/create-test-database.ts';
import { migrations } from './migrations.ts';
import { createMovieRepository } from './movie-repository.ts';

const logger = createLogger({ service: 'test', version: '0', level: 'silent' });

test.each([
  ['owns its database gets an index of titles', 'ALTER DATABASE db OWNER TO role', 1],
  ['may only use its schema goes without an index of titles', 'GRANT CREATE ON SCHEMA public TO role', 0],
])('role that %s, and can search', async (_condition, grant, indexes) => {
  const options = await createTestDatabase(inject('postgres'));
  const administer = (sql: string) => queryAsAdministrator(inject('postgres'), options.name, sql);
  const role = options.name.replace('test_', 'role_');
  await administer(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  await administer(grant.replace('db', options.name).replace('role', role));
  const sequelize = createDatabase({ ...options, username: role, password: 'secret' }, logger);
  onTestFinished(() => sequelize.close());

  await runMigrations(sequelize, migrations, logger);

  const found = await administer("SELECT FROM pg_indexes WHERE indexname = 'movies_title_trigram'");
  expect(found).toHaveLength(indexes);
  const movies = createMovieRepository(sequelize);
  await movies.create({ title: 'TOP GUN', description: '' });
  expect(await movies.search({ title: 'gun', limit: 1, offset: 0 })).toMatchObject({ total: 1 });
});

test('movies that were there before they had versions are of version 1', async () => {
  const options = await createTestDatabase(inject('postgres'));
  const sequelize = createDatabase(options, logger);
  onTestFinished(() => sequelize.close());
  await runMigrations(sequelize, migrations.slice(0, 1), logger);
  await sequelize.query(
    "INSERT INTO movies (title, description, created_at, updated_at) VALUES ('Alien', '', now(), now())",
  );

  await runMigrations(sequelize, migrations, logger);

  expect(await createMovieRepository(sequelize).find(1)).toMatchObject({ version: 1 });
});
