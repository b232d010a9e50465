import type { MovieSearch } from 'service-contracts/movie';

/**
 * Makes the header Link of a page (RFC 8288): where the first, the previous, the next and the last page are.
 * @param total how many movies there are on all pages
 */
export function linkPages({ title, limit, offset }: MovieSearch, total: number): string {
  const last = total === 0 ? 0 : Math.floor((total - 1) / limit) * limit;
  const offsets: [relation: string, offset: number][] = [['first', 0]];
  if (offset > 0) offsets.push(['prev', Math.max(0, Math.min(offset - limit, last))]);
  if (offset + limit < total) offsets.push(['next', offset + limit]);
  offsets.push(['last', last]);
  return offsets
    .map(([relation, start]) => {
      const query = new URLSearchParams(title === undefined ? {} : { title });
      query.set('limit', String(limit));
      query.set('offset', String(start));
      return `</api/movies?${query}>; rel="${relation}"`;
    })
    .join(', ');
}
