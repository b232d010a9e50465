import type { Movie } from 'service-contracts/movie';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createTestDatabase, queryAsAdministrator } from '../../backends/create-test-database.ts';
import { startPostgres } from '../../backends/start-postgres.ts';
import { startRelay } from '../../backends/start-relay.ts';
import {
  createMoviesClient,
  startTestInventory,
  topGun,
  untilStatus,
} from './testing/start-test-inventory.ts';

test('inventory starts, is alive and not ready, and recovers when the database comes, goes and comes again', async () => {
  const postgres = await startPostgres();
  const database = await createTestDatabase(postgres);
  await postgres.kill();
  const service = await startTestInventory(database);
  const url = `http://127.0.0.1:${service.port}`;
  try {
    const health = await untilStatus(200, '/health', url);
    expect(await health.json()).toEqual({ status: 'alive' });
    const ready = await untilStatus(503, '/ready', url);
    expect(await ready.json()).toMatchObject({
      dependencies: { 'inventory-database': { status: 'down' } },
    });
    const movies = await untilStatus(503, '/api/movies', url);
    expect(movies.headers.get('retry-after')).toBe('2');
    expect(await movies.json()).toMatchObject({
      status: 503,
      detail: 'The database is not available now.',
    });

    await postgres.restart();
    await untilStatus(200, '/ready', url);
    await untilStatus(200, '/api/movies', url);

    await postgres.kill();
    await untilStatus(503, '/api/movies', url);
    await postgres.restart();
    await untilStatus(200, '/api/movies', url);
    await untilStatus(200, '/ready', url);
  } finally {
    await service.stop();
    await postgres.stop();
  }
});

test('inventory stops while it still waits for the database', async () => {
  const service = await startTestInventory({ ...(await createTestDatabase(inject('postgres'))), port: 1 });

  await service.stop();

  await expect(fetch(`http://127.0.0.1:${service.port}/health`)).rejects.toThrow('fetch failed');
});

/** Calls again and again, in parallel, until told to stop. @returns how often it got each answer */
function load(clients: number, call: () => Promise<string>): () => Promise<Map<string, number>> {
  const answers = new Map<string, number>();
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const answer = await call();
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  return async () => {
    isOver = true;
    await done;
    return answers;
  };
}

test('database killed and restarted under load: nothing but success and 503, and no confirmed movie is lost', async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const service = await startTestInventory(await createTestDatabase(postgres));
  onTestFinished(() => service.stop());
  const url = `http://127.0.0.1:${service.port}`;
  const call = createMoviesClient(() => url);
  await untilStatus(200, '/ready', url);
  const confirmed: number[] = [];
  const stopWrites = load(5, async () => {
    const response = await call('POST', '', topGun);
    const movie = (await response.json()) as Movie;
    if (response.status === 201) confirmed.push(movie.id);
    return `POST ${response.status}`;
  });
  const stopReads = load(5, async () => {
    const response = await call('GET', '?limit=5&title=gun');
    await response.arrayBuffer();
    return `GET ${response.status}`;
  });

  for (const pauseMs of [0, 1000]) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await postgres.kill();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    await postgres.restart();
    await untilStatus(200, '/ready', url);
  }
  const answers = new Map([...(await stopWrites()), ...(await stopReads())]);

  expect([...answers.keys()].sort()).toEqual(['GET 200', 'GET 503', 'POST 201', 'POST 503']);
  expect((await call('POST', '', topGun)).status).toBe(201);
  for (const id of confirmed) expect((await call('GET', `/${id}`)).status).toBe(200);
});

test('database killed and restarted under load: whoever waits gets what was asked for, and no movie comes twice', async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const database = await createTestDatabase(postgres);
  const service = await startTestInventory(database, 20_000);
  onTestFinished(() => service.stop());
  const url = `http://127.0.0.1:${service.port}`;
  const call = createMoviesClient(() => url);
  await untilStatus(200, '/ready', url);
  let sent = 0;
  const stopWrites = load(5, async () => {
    sent += 1;
    return `POST ${(await call('POST', '', { title: `movie ${sent}` })).status}`;
  });
  const stopReads = load(5, async () => `GET ${(await call('GET', '?limit=1')).status}`);

  await new Promise((resolve) => setTimeout(resolve, 500));
  await postgres.kill();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await postgres.restart();
  await untilStatus(200, '/ready', url);
  const answers = new Map([...(await stopWrites()), ...(await stopReads())]);

  expect([...answers.keys()].sort()).toEqual(['GET 200', 'POST 201']);
  const counted = await queryAsAdministrator(
    postgres,
    database.name,
    'SELECT count(*)::int AS movies, count(DISTINCT title)::int AS titles FROM movies',
  );
  expect(counted).toEqual([{ movies: sent, titles: sent }]);
});

test('requests whose server vanished without a word go to the next one', async () => {
  const database = await createTestDatabase(inject('postgres'));
  const relay = await startRelay(database.port);
  onTestFinished(relay.stop);
  const service = await startTestInventory({ ...database, port: relay.port }, 20_000);
  onTestFinished(() => service.stop());
  const url = `http://127.0.0.1:${service.port}`;
  const call = createMoviesClient(() => url);
  await untilStatus(200, '/ready', url);
  // The watch has a connection of its own by then.
  await new Promise((resolve) => setTimeout(resolve, 2500));

  relay.freeze();
  const responses = await Promise.all([call('POST', '', topGun), call('GET', '')]);

  expect(responses.map(({ status }) => status)).toEqual([201, 200]);
});

test('reads survive sessions that the server ends, writes are never sent twice', async () => {
  const database = await createTestDatabase(inject('postgres'));
  const service = await startTestInventory(database, 5000);
  onTestFinished(() => service.stop());
  const url = `http://127.0.0.1:${service.port}`;
  const call = createMoviesClient(() => url);
  await untilStatus(200, '/ready', url);
  const { id } = (await (await call('POST', '', topGun)).json()) as Movie;
  let written = 0;
  const stopWrites = load(3, async () => {
    written += 1;
    return `POST ${(await call('POST', '', { title: `movie ${written}` })).status}`;
  });
  const stopReads = load(5, async () => `GET ${(await call('GET', `/${id}`)).status}`);

  for (let round = 0; round < 20; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await queryAsAdministrator(
      inject('postgres'),
      database.name,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = '${database.name}' AND pid <> pg_backend_pid()`,
    );
  }
  await stopWrites();

  expect([...(await stopReads()).keys()]).toEqual(['GET 200']);
  const repeated = await queryAsAdministrator(
    inject('postgres'),
    database.name,
    'SELECT title FROM movies GROUP BY title HAVING count(*) > 1',
  );
  expect(repeated).toEqual([]);
});
