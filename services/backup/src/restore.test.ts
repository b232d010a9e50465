import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareReader } from '../../backends/prepare-reader.ts';
import { connectQueueClient, type QueueClient } from '../../billing-app/src/testing/queue-client.ts';
import { order } from '../../billing-app/src/testing/start-test-billing.ts';
import { migrations } from '../../inventory-app/src/movies/migrations.ts';
import { manifestSchema, partNames } from './archive/manifest.ts';
import { BadArchiveError, extractArchive } from './archive/read-archive.ts';
import { describePart, writeArchive, writeManifest } from './archive/write-archive.ts';
import type { Sources } from './config.ts';
import { withDatabase } from './database/database-address.ts';
import { readMarker } from './database/restore-marker.ts';
import { migrate, useBackupServers } from './testing/use-backup-servers.ts';

const servers = useBackupServers();
let queue: QueueClient;

beforeEach(async () => {
  queue = await connectQueueClient(servers.rabbitmq, 'billing_queue');
});

afterEach(async () => {
  await queue.channel.purgeQueue('billing_queue');
  await queue.close();
});

const addMovie =
  "INSERT INTO movies (title, description, created_at, updated_at) VALUES ('TOP GUN', '', now(), now())";
const addOrder =
  "INSERT INTO orders (message_id, user_id, number_of_items, total_amount) VALUES ('m1', 1, 2, 3.50)";

async function countMovies({ inventory }: Sources): Promise<unknown> {
  const [row] = await servers.query(inventory.name, 'SELECT count(*)::int AS count FROM movies');
  return row?.count;
}

/** A source with a movie and an order. */
async function createFilled(): Promise<Sources> {
  const sources = await servers.createSources();
  await servers.migrate(sources);
  await withDatabase(sources.inventory, (client) => client.query(addMovie));
  await withDatabase(sources.billing, (client) => client.query(addOrder));
  return sources;
}

describe('a restore', () => {
  test('refuses a place that has data, and changes nothing there', async () => {
    const file = await servers.backUp(await createFilled());
    const target = await servers.createSources();
    await servers.migrate(target);
    await withDatabase(target.billing, (client) => client.query(addOrder));
    await expect(servers.restore(target, file)).rejects.toThrow(
      'The database billing has data: 1 rows in orders.',
    );
    expect(await countMovies(target)).toBe(0);

    const withMessage = await servers.createSources();
    await queue.send(order);
    await expect(servers.restore(withMessage, file)).rejects.toThrow(
      'The queue billing_queue has data: 1 messages.',
    );
  });

  test('that may replace data leaves what the backup has, and nothing else', async () => {
    const source = await createFilled();
    const file = await servers.backUp(source);
    await withDatabase(source.inventory, async (client) => {
      await client.query(addMovie);
      await client.query('CREATE TABLE later (id int); CREATE VIEW newer AS SELECT 1 AS one');
    });
    await servers.restore(source, file, true);
    expect(await countMovies(source)).toBe(1);
    expect(
      await servers.query(
        source.inventory.name,
        "SELECT to_regclass('later') AS later, to_regclass('newer') AS newer",
      ),
    ).toEqual([{ later: null, newer: null }]);
    expect(await withDatabase(source.inventory, readMarker)).toBeUndefined();
    // The sequence goes on behind the highest id.
    await withDatabase(source.inventory, (client) => client.query(addMovie));
    expect(await countMovies(source)).toBe(2);
  });

  test('of an older schema can be migrated, and who could only read can read', async () => {
    const source = await servers.createSources();
    await migrate(source.inventory, migrations.slice(0, 2));
    const file = await servers.backUp(source);
    const target = await servers.createSources();
    await servers.migrate(target);
    const { name } = target.inventory;
    const reader = { database: name, application: name, reader: `${name}_reader`, password: 'secret' };
    await prepareReader(servers.administrator, reader);
    await servers.restore(target, file);
    await migrate(target.inventory, migrations);
    const read = { ...target.inventory, username: reader.reader, password: reader.password };
    const { rows } = await withDatabase(read, (client) => client.query('SELECT version FROM movies'));
    expect(rows).toEqual([]);
    const [index] = await servers.query(name, "SELECT to_regclass('movies_title_trigram')::text AS name");
    expect(index?.name).toBe('movies_title_trigram');
  });

  test('that was cut off goes on where it stopped, and throws away nothing that was written since', async () => {
    await queue.send(order, { messageId: 'waits' });
    const file = await servers.backUp(await createFilled());
    await queue.channel.purgeQueue('billing_queue');
    const target = await servers.createSources();
    const unreachable = { ...target, broker: { ...target.broker, password: 'wrong' } };
    await expect(servers.restore(unreachable, file, true)).rejects.toThrow(/ACCESS_REFUSED|403/);
    expect(await countMovies(target)).toBe(1);
    await withDatabase(target.inventory, (client) => client.query(addMovie));

    await servers.restore(target, file);
    expect(await countMovies(target)).toBe(2);
    expect(await queue.depth()).toBe(1);
    // Now it is done, and the same archive would throw away data again.
    await expect(servers.restore(target, file)).rejects.toThrow('has data');
  });

  test('whose dump is broken leaves a database as it was', async () => {
    const source = await createFilled();
    const file = await servers.backUp(source);
    const folder = `${file}.parts`;
    await extractArchive(file, folder);
    const manifest = manifestSchema.parse(
      JSON.parse(await readFile(join(folder, partNames.manifest), 'utf8')),
    );
    // An archive that is right by its checksums, about a dump that isn't.
    const dump = join(folder, partNames.inventory);
    await writeFile(dump, (await readFile(dump)).subarray(0, -300));
    const parts = await Promise.all(manifest.parts.map(({ name }) => describePart(folder, name)));
    await writeManifest(folder, { ...manifest, parts });
    await writeArchive(folder, { ...manifest, parts }, `${file}.broken`);
    await expect(servers.restore(source, `${file}.broken`, true)).rejects.toThrow('pg_restore failed');
    expect(await countMovies(source)).toBe(1);
  });
});

describe('an archive', () => {
  test('that was changed or cut anywhere is refused', async () => {
    const file = await servers.backUp(await createFilled());
    const target = await servers.createSources();
    const good = await readFile(file);
    const refuse = async (bytes: Buffer) => {
      await writeFile(`${file}.bad`, bytes);
      await expect(servers.restore(target, `${file}.bad`)).rejects.toThrow(BadArchiveError);
    };
    for (const share of [0, 0.03, 0.2, 0.5, 0.8]) {
      const bytes = Buffer.from(good);
      const place = Math.floor(share * bytes.length);
      // Padding of the format holds nothing; what is not padding must be noticed.
      bytes.writeUInt8((bytes.readUInt8(place) + 1) % 256, place);
      await writeFile(`${file}.bad`, bytes);
      const outcome = await servers.restore(target, `${file}.bad`, true).catch((error: unknown) => error);
      if (bytes.readUInt8(place) !== 1) expect(outcome).toBeInstanceOf(BadArchiveError);
    }
    await refuse(good.subarray(0, good.length / 2));
    await refuse(good.subarray(0, 700));
    await refuse(Buffer.from('no archive at all'));
    await refuse(Buffer.alloc(0));
  });

  test('of another version is refused by its number', async () => {
    const file = await servers.backUp(await createFilled());
    const folder = `${file}.parts`;
    await extractArchive(file, folder);
    const manifest = JSON.parse(await readFile(join(folder, partNames.manifest), 'utf8'));
    await writeManifest(folder, { ...manifest, version: 2 });
    await writeArchive(folder, manifest, `${file}.newer`);
    await expect(servers.restore(await servers.createSources(), `${file}.newer`)).rejects.toThrow(
      'is of format 2',
    );
  });
});
