import type { Movie } from 'service-contracts/movie';
import { expect, inject, test } from 'vitest';
import { queryAsAdministrator } from '../../backends/create-test-database.ts';
import { useTestInventory } from './testing/use-test-inventory.ts';

const { call, add, baseUrl, database } = useTestInventory();

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

test('search for a part of a title can use an index', async () => {
  const { name } = database();
  const query = (sql: string) => queryAsAdministrator(inject('postgres'), name, sql);
  await query(`ALTER DATABASE ${name} SET enable_seqscan = off`);

  const plan = await query("EXPLAIN (FORMAT JSON) SELECT * FROM movies WHERE title ILIKE '%top%'");

  expect(JSON.stringify(plan)).toContain('movies_title_trigram');
});

test.each(['limit=0', 'limit=501', 'limit=x', 'offset=-1', 'offset=1.5', 'title=a&title=b', 'title=%00'])(
  'list refuses %s with 422 that names the parameter',
  async (query) => {
    const response = await call('GET', `?${query}`);

    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ parameter: query.split('=')[0] }] });
  },
);
