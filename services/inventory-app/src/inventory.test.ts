import type { Movie } from 'service-contracts/movie';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { createLogger } from 'service-runtime/logging/create-logger';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { createTestDatabase } from '../../backends/create-test-database.ts';
import { startPostgres } from '../../backends/start-postgres.ts';
import type { Config } from './config.ts';
import { startInventory } from './server.ts';

const logger = createLogger({ service: 'inventory-app', version: '0', level: 'silent' });
const settings = { port: 0, metricsPort: 0, logLevel: 'silent', shutdownDelayMs: 0, shutdownTimeoutMs: 5000 };
const topGun = { title: 'TOP GUN', description: 'Story of a fighter pilot' };

async function start(database: Config['database']): Promise<RunningService> {
  return await startInventory({ ...settings, database }, logger);
}

async function untilStatus(status: number, path: string, service: RunningService): Promise<Response> {
  return await vi.waitFor(
    async () => {
      const response = await fetch(`http://127.0.0.1:${service.port}${path}`);
      expect(response.status).toBe(status);
      return response;
    },
    { timeout: 30_000, interval: 50 },
  );
}

describe('inventory', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await start(await createTestDatabase(inject('postgres')));
    await untilStatus(200, '/ready', service);
  });

  afterEach(() => call('DELETE', ''));

  afterAll(() => service.stop());

  function call(method: string, path: string, body?: unknown): Promise<Response> {
    const init =
      body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return fetch(`http://127.0.0.1:${service.port}/api/movies${path}`, { method, ...init });
  }

  async function add(title: string): Promise<Movie> {
    return (await (await call('POST', '', { title })).json()) as Movie;
  }

  test('new movie is answered with 201, its place and its data, and can be read there', async () => {
    const created = await call('POST', '/', topGun);
    const movie = (await created.json()) as Movie;

    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/api/movies/${movie.id}`);
    expect(movie).toEqual({
      id: expect.any(Number),
      ...topGun,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      updatedAt: movie.createdAt,
    });
    expect(await (await call('GET', `/${movie.id}`)).json()).toEqual(movie);
  });

  test('movie needs a title and nothing else', async () => {
    expect(await add('Alien')).toMatchObject({ title: 'Alien', description: '' });
  });

  test.each([
    ['no title', { description: 'x' }, '#/title'],
    ['a blank title', { title: '  ' }, '#/title'],
    ['a title that is no text', { title: 7 }, '#/title'],
    ['a title that PostgreSQL could not store', { title: 'a\u0000b' }, '#/title'],
    ['too long a description', { title: 'x', description: 'x'.repeat(5001) }, '#/description'],
    ['a body that is no object', [], '#'],
  ])('movie with %s is refused with 422 that names the field', async (_condition, body, pointer) => {
    const response = await call('POST', '', body);

    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ pointer }] });
  });

  test('replaced movie keeps its id and its time of creation', async () => {
    const movie = await add('Alien');

    const replaced = await call('PUT', `/${movie.id}`, { title: 'Aliens', description: 'More of them' });

    expect(replaced.status).toBe(200);
    const now = (await replaced.json()) as Movie;
    expect(now).toMatchObject({
      id: movie.id,
      title: 'Aliens',
      description: 'More of them',
      createdAt: movie.createdAt,
    });
    expect(await (await call('GET', `/${movie.id}`)).json()).toEqual(now);
  });

  test('removed movie is gone', async () => {
    const { id } = await add('Alien');

    expect((await call('DELETE', `/${id}`)).status).toBe(204);
    expect((await call('GET', `/${id}`)).status).toBe(404);
  });

  test('all movies are removed at once', async () => {
    await add('Alien');
    await add('Aliens');

    expect((await call('DELETE', '/')).status).toBe(204);
    expect(await (await call('GET', '')).json()).toEqual([]);
  });

  test.each(['/999999', '/0', '/-1', '/1e3', '/abc', '/2147483648', '/99999999999999999999', '/%00'])(
    'movie %s, which does not exist, is 404 for every method',
    async (path) => {
      for (const [method, body] of [['GET'], ['DELETE'], ['PUT', topGun]] as const) {
        expect((await call(method, path, body)).status).toBe(404);
      }
    },
  );

  test('search finds a part of the title whatever its case, and takes wildcards literally', async () => {
    for (const title of ['Top Gun', 'The TOPography of 100% Äpfel', 'Stop_it', 'Alien']) await add(title);
    const search = async (title: string) => {
      const response = await call('GET', `?title=${encodeURIComponent(title)}`);
      return ((await response.json()) as Movie[]).map((movie) => movie.title);
    };

    expect(await search('top')).toEqual(['Top Gun', 'The TOPography of 100% Äpfel', 'Stop_it']);
    expect(await search('%')).toEqual(['The TOPography of 100% Äpfel']);
    expect(await search('_')).toEqual(['Stop_it']);
    expect(await search('äPFEL')).toEqual(['The TOPography of 100% Äpfel']);
    expect(await search("' OR 1=1 --")).toEqual([]);
  });

  test('list is paged by limit and offset, and says how many there are in all', async () => {
    for (const title of ['a', 'b', 'c', 'd']) await add(title);

    const page = await call('GET', '?limit=2&offset=1');

    expect(page.headers.get('x-total-count')).toBe('4');
    expect(((await page.json()) as Movie[]).map(({ title }) => title)).toEqual(['b', 'c']);
  });

  test.each(['limit=0', 'limit=501', 'limit=x', 'offset=-1', 'offset=1.5', 'title=a&title=b', 'title=%00'])(
    'list refuses %s with 422 that names the parameter',
    async (query) => {
      const response = await call('GET', `?${query}`);

      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ errors: [{ parameter: query.split('=')[0] }] });
    },
  );

  test('other methods are refused', async () => {
    expect((await call('PATCH', '/1', {})).status).toBe(405);
    expect((await call('PUT', '', topGun)).headers.get('allow')).toBe('GET, HEAD, POST, DELETE');
  });
});

describe('inventory without its database', () => {
  test('starts, is alive and not ready, and recovers when the database comes, goes and comes again', async () => {
    const postgres = await startPostgres();
    const database = await createTestDatabase(postgres);
    await postgres.kill();
    const service = await start(database);
    try {
      const health = await untilStatus(200, '/health', service);
      expect(await health.json()).toEqual({ status: 'alive' });
      const ready = await untilStatus(503, '/ready', service);
      expect(await ready.json()).toMatchObject({
        dependencies: { 'inventory-database': { status: 'down' } },
      });
      const movies = await untilStatus(503, '/api/movies', service);
      expect(movies.headers.get('retry-after')).toBe('2');
      expect(await movies.json()).toMatchObject({
        status: 503,
        detail: 'The database is not available now.',
      });

      await postgres.restart();
      await untilStatus(200, '/ready', service);
      await untilStatus(200, '/api/movies', service);

      await postgres.kill();
      await untilStatus(503, '/api/movies', service);
      await postgres.restart();
      await untilStatus(200, '/api/movies', service);
      await untilStatus(200, '/ready', service);
    } finally {
      await service.stop();
      await postgres.stop();
    }
  });

  test('stops while it still waits for the database', async () => {
    const service = await start({ ...(await createTestDatabase(inject('postgres'))), port: 1 });

    await service.stop();

    await expect(fetch(`http://127.0.0.1:${service.port}/health`)).rejects.toThrow('fetch failed');
  });
});
