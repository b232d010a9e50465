import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { topGun } from './testing/start-test-inventory.ts';
import { useTestInventory } from './testing/use-test-inventory.ts';

const { call, add, baseUrl } = useTestInventory();

test('movie is changed by one of two clients that read the same version, the other is told 412', async () => {
  const { id } = await add('Alien');
  const etag = (await call('GET', `/${id}`)).headers.get('etag') ?? '';
  const put = (title: string) => call('PUT', `/${id}`, { title }, { 'if-match': etag });

  const answers = await Promise.all(['One', 'Two', 'Three', 'Four'].map(put));

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  const winner = answers.find(({ status }) => status === 200);
  const now = await call('GET', `/${id}`);
  expect(now.headers.get('etag')).toBe(winner?.headers.get('etag'));
  expect(await now.json()).toEqual(await winner?.json());
});

test.each([
  ['"1"', 200],
  ['"7", "1"', 200],
  ['*', 200],
  ['"2"', 412],
  ['W/"1"', 412],
  ['1', 412],
  ['"x"', 412],
  ['"99999999999999999999"', 412],
  ['', 412],
])(
  'movie of version "1" is replaced and removed under If-Match: %s with status %i',
  async (ifMatch, status) => {
    const { id } = await add('Alien');

    const removed = await call('DELETE', `/${id}`, undefined, { 'if-match': ifMatch });
    const other = await add('Alien');
    const replaced = await call('PUT', `/${other.id}`, topGun, { 'if-match': ifMatch });

    expect(removed.status).toBe(status === 200 ? 204 : 412);
    expect(replaced.status).toBe(status);
    expect((await call('PUT', '/2147483647', topGun, { 'if-match': ifMatch })).status).toBe(404);
  },
);

test('movie that the client has already is answered 304', async () => {
  const { id } = await add('Alien');
  const etag = (await call('GET', `/${id}`)).headers.get('etag') ?? '';
  // Not by fetch, which forbids caches to answer whenever it is given a condition.
  const status = async () => {
    const answered = once(
      get(`${baseUrl()}/api/movies/${id}`, { headers: { 'if-none-match': etag } }),
      'response',
    );
    const [response] = (await answered) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };

  expect(await status()).toBe(304);
  await call('PUT', `/${id}`, topGun);
  expect(await status()).toBe(200);
});

test('movie may be sent back as it was read, but under no other id', async () => {
  const movie = await add('Alien');
  const other = await add('Aliens');

  expect((await call('PUT', `/${movie.id}`, { ...movie, title: 'Alien 3' })).status).toBe(200);
  const conflict = await call('PUT', `/${other.id}`, movie);
  expect(conflict.status).toBe(409);
  expect(await conflict.json()).toMatchObject({ errors: [{ pointer: '#/id' }] });
  expect((await call('PUT', `/${movie.id}`, { title: 'x', id: { toString: 1 } })).status).toBe(409);
  expect(await (await call('GET', `/${other.id}`)).json()).toEqual(other);
});
