import type { Movie } from 'service-contracts/movie';
import { expect, test } from 'vitest';
import { topGun } from './testing/start-test-inventory.ts';
import { useTestInventory } from './testing/use-test-inventory.ts';

const { call, add, baseUrl, service } = useTestInventory();

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

test('measures its pool and its routes by their templates', async () => {
  await call('GET', '/4711');
  const text = await (await fetch(`http://127.0.0.1:${service().metricsPort}/metrics`)).text();

  expect(text).toMatch(/database_pool_connections\{database="inventory-database",state="idle"\} [1-9]/);
  expect(text).toContain(
    'http_request_duration_seconds_count{method="GET",route="/api/movies/:id",status="404"}',
  );
});

test('other methods are refused', async () => {
  expect((await call('PATCH', '/1', {})).status).toBe(405);
  expect((await call('PUT', '', topGun)).headers.get('allow')).toBe('GET, HEAD, POST, DELETE');
});
