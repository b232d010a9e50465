import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { compactDataStore, prepareDataStore } from './data-store.ts';

// As kine makes it (pkg/drivers/sqlite).
const SCHEMA = `
  CREATE TABLE kine (id INTEGER PRIMARY KEY AUTOINCREMENT, name INTEGER, created INTEGER, deleted INTEGER,
    create_revision INTEGER, prev_revision INTEGER, lease INTEGER, value BLOB, old_value BLOB);
  CREATE UNIQUE INDEX kine_name_prev_revision_uindex ON kine (name, prev_revision);`;

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await makeTemporaryFolder('data-store-');
  file = join(folder, 'state.db');
});

function fill(names: readonly string[]): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${SCHEMA}`);
  const insert = database.prepare(
    'INSERT INTO kine (name, created, deleted, prev_revision) VALUES (?, 1, 0, 0)',
  );
  database.exec('BEGIN');
  for (const name of ['compact_rev_key', ...names]) insert.run(name);
  database.exec('COMMIT');
  return database;
}

function read<T>(sql: string, path = file): T[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare(sql).all() as T[];
  } finally {
    database.close();
  }
}

test('what is in the write-ahead log alone is in the compact file', () => {
  const open = fill(['/registry/a', '/registry/b']);
  const target = join(folder, 'compact.db');
  expect(compactDataStore(file, target)).toBe(3);
  expect(read('SELECT name FROM kine', target)).toHaveLength(3);
  open.close();
});

test('a restored store goes on far ahead of all that anybody can have seen', () => {
  fill(['/registry/a']).close();
  const revision = prepareDataStore(file);
  expect(revision).toBeGreaterThan(1_000_000_000);
  const database = new DatabaseSync(file);
  const next = database.prepare("INSERT INTO kine (name, prev_revision) VALUES ('/registry/c', 0)").run();
  expect(Number(next.lastInsertRowid)).toBe(revision + 1);
  database.close();
  // What is skipped is taken for compacted.
  expect(read("SELECT prev_revision FROM kine WHERE name = 'compact_rev_key'")).toEqual([
    { prev_revision: revision },
  ]);
});

test('who led a database is forgotten, other Endpoints stay', () => {
  const of = (name: string) => `/registry/services/endpoints/movies/${name}`;
  fill([
    of('inventory-database'),
    of('inventory-database-sync'),
    of('inventory-database-config'),
    of('gateway'),
  ]).close();
  prepareDataStore(file);
  const names = read<{ name: string }>("SELECT name FROM kine WHERE name LIKE '/registry/%' ORDER BY name");
  expect(names.map(({ name }) => name)).toEqual([of('gateway'), of('inventory-database-config')]);
});

test('a damaged store is refused', async () => {
  const open = fill(Array.from({ length: 2000 }, (_, index) => `/registry/${index}`));
  open.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  open.close();
  await truncate(file, 20_000);
  expect(() => compactDataStore(file, join(folder, 'compact.db'))).toThrow('damaged');
  expect(() => prepareDataStore(file)).toThrow('damaged');
});
