import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readQueryConfig } from './config.ts';

const environment = {
  API_KEY: 'sixteen characters',
  DATABASES: 'inventory, billing-archive',
  DATABASE_INVENTORY_HOST: 'inventory-database',
  DATABASE_INVENTORY_USERNAME: 'reader',
  DATABASE_INVENTORY_PASSWORD: 'x',
  DATABASE_BILLING_ARCHIVE_HOST: 'archive',
  DATABASE_BILLING_ARCHIVE_PORT: '6432',
  DATABASE_BILLING_ARCHIVE_NAME: 'billing',
  DATABASE_BILLING_ARCHIVE_USERNAME: 'reader',
  DATABASE_BILLING_ARCHIVE_PASSWORD: 'y',
};

test('configuration has a connection for each database that is named', () => {
  const { databases, apiKey, port } = readQueryConfig(environment);

  expect({ apiKey, port }).toEqual({ apiKey: 'sixteen characters', port: 8080 });
  const common = { username: 'reader', poolSize: 4, poolWaitMs: 2000, applicationName: 'query-api' };
  expect(databases).toEqual({
    inventory: { ...common, host: 'inventory-database', port: 5432, name: 'inventory', password: 'x' },
    'billing-archive': { ...common, host: 'archive', port: 6432, name: 'billing', password: 'y' },
  });
});

test('configuration takes a secret of a database from a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'password'), 'from a file\n');
  const { DATABASE_INVENTORY_PASSWORD: _password, ...others } = environment;

  const { databases } = readQueryConfig({
    ...others,
    DATABASE_INVENTORY_PASSWORD_FILE: join(folder, 'password'),
  });

  expect(databases.inventory?.password).toBe('from a file');
});

test('configuration lists every problem at once, those of each database too', () => {
  const read = () =>
    readQueryConfig({
      API_KEY: 'short',
      DATABASES: 'inventory',
      DATABASE_INVENTORY_PORT: 'x',
      MAX_ROWS: '0',
    });

  for (const problem of [
    'API_KEY: must be of at least 16 characters',
    'MAX_ROWS: ',
    'DATABASE_INVENTORY_HOST: is not set (nor is DATABASE_INVENTORY_HOST_FILE)',
    'DATABASE_INVENTORY_PORT: must be a port number',
    'DATABASE_INVENTORY_PASSWORD: is not set',
  ]) {
    expect(read).toThrow(problem);
  }
});

test.each([
  ['is missing', undefined, 'DATABASES: is not set'],
  ['is malformed', 'inventory,', 'DATABASES'],
])('configuration says if the list of databases %s', (_condition, databases, problem) => {
  expect(() => readQueryConfig({ API_KEY: environment.API_KEY, DATABASES: databases })).toThrow(problem);
});

test('configuration says if a name is misspelt', () => {
  expect(() => readQueryConfig({ ...environment, DATABASE_INVENTORY_PROT: '1' })).toThrow(
    'did you mean DATABASE_INVENTORY_PORT?',
  );
});
