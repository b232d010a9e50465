import type { Movie } from 'service-contracts/movie';
import type { DatabaseOptions } from 'service-runtime/database/create-database';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { createTestDatabase, queryAsAdministrator } from '../../backends/create-test-database.ts';
import {
  createMoviesClient,
  startTestInventory,
  topGun,
  untilStatus,
} from './testing/start-test-inventory.ts';

let service: RunningService;
let database: DatabaseOptions;
const baseUrl = () => `http://127.0.0.1:${service.port}`;
const call = createMoviesClient(baseUrl);

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  service = await startTestInventory(database);
  await untilStatus(200, '/ready', baseUrl());
});

afterEach(() => call('DELETE', ''));

afterAll(() => service.stop());

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

test('list leads from page to page by its links, and keeps the search', async () => {
  for (const title of ['A 1', 'A 2', 'B', 'A 3', 'A & 4', 'A 5']) await add(title);
  const linkOf = (response: Response, relation: string) =>
    new RegExp(`<([^>]*)>; rel="${relation}"`).exec(response.headers.get('link') ?? '')?.[1];
  const titles: string[] = [];
  let next: string | undefined = '/api/movies?limit=2&title=a+';
  while (next !== undefined) {
    const page: Response = await fetch(`${baseUrl()}${next}`);
    expect(page.headers.get('x-total-count')).toBe('5');
    expect(linkOf(page, 'first')).toBe('/api/movies?title=a+&limit=2&offset=0');
    expect(linkOf(page, 'last')).toBe('/api/movies?title=a+&limit=2&offset=4');
    for (const { title } of (await page.json()) as Movie[]) titles.push(title);
    next = linkOf(page, 'next');
  }

  expect(titles).toEqual(['A 1', 'A 2', 'A 3', 'A & 4', 'A 5']);
  const beyond = await call('GET', '?limit=2&offset=100');
  expect(linkOf(beyond, 'prev')).toBe('/api/movies?limit=2&offset=4');
  expect(linkOf(await call('GET', '?title=nowhere'), 'last')).toBe(
    '/api/movies?title=nowhere&limit=100&offset=0',
  );
});

test('titles may repeat: the same movie posted twice is two movies', async () => {
  const [first, second] = [await add('Dune'), await add('Dune')];

  expect(second.id).not.toBe(first.id);
});

test.each([
  ['POST', ''],
  ['PUT', '/1'],
])('%s of a body that is not JSON, malformed or too large is refused', async (method, path) => {
  const send = (type: string, body: string) =>
    fetch(`${baseUrl()}/api/movies${path}`, {
      method,
      headers: { 'content-type': type },
      body,
    });

  expect((await send('text/plain', 'title=x')).status).toBe(415);
  expect((await send('application/json', '{"title"')).status).toBe(400);
  expect((await send('application/json', JSON.stringify({ title: 'x'.repeat(200_000) }))).status).toBe(413);
  expect((await call(method, path)).status).toBe(422);
});

test('every wrong field is named at once', async () => {
  const response = await call('POST', '', { title: '', description: 7 });

  expect(await response.json()).toMatchObject({
    errors: [{ pointer: '#/title' }, { pointer: '#/description' }],
  });
});

test('search for a part of a title can use an index', async () => {
  const query = (sql: string) => queryAsAdministrator(inject('postgres'), database.name, sql);
  await query(`ALTER DATABASE ${database.name} SET enable_seqscan = off`);

  const plan = await query("EXPLAIN (FORMAT JSON) SELECT * FROM movies WHERE title ILIKE '%top%'");

  expect(JSON.stringify(plan)).toContain('movies_title_trigram');
});

test('measures its pool and its routes by their templates', async () => {
  await call('GET', '/4711');
  const text = await (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();

  expect(text).toMatch(/database_pool_connections\{database="inventory-database",state="idle"\} [1-9]/);
  expect(text).toContain(
    'http_request_duration_seconds_count{method="GET",route="/api/movies/:id",status="404"}',
  );
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
