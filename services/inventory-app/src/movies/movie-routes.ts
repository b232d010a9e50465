import { type Request, type Response, Router } from 'express';
import { movieInputSchema, movieSearchSchema } from 'service-contracts/movie';
import { Problem } from 'service-runtime/http/problem';
import { readJsonBody } from 'service-runtime/http/read-json-body';
import { refuseOtherMethods } from 'service-runtime/http/refuse-other-methods';
import { validate } from 'service-runtime/http/validate';
import { toEntityTag, versionsOf } from './entity-tag.ts';
import { linkPages } from './link-pages.ts';
import type { MovieRepository, VersionedMovie } from './movie-repository.ts';

/**
 * Routes of movies: the collection at `/movies`, each one at `/movies/:id`.
 * Titles may repeat, since films do (there are several of the title Dune), and the exercise posts the same one whenever it is tried:
 * so a second POST is a second movie, and no 409. That is left for a body that contradicts the path.
 */
export function movieRoutes(movies: MovieRepository): Router {
  const router = Router();
  addCollection(router, movies);
  addItem(router, movies);
  return router;
}

function addCollection(router: Router, movies: MovieRepository): void {
  router
    .route('/movies')
    .get(async (request, response) => {
      const search = validate(movieSearchSchema, request.query, 'query');
      const page = await movies.search(search);
      response.set({ 'x-total-count': String(page.total), link: linkPages(search, page.total) });
      response.json(page.movies);
    })
    .post(...readJsonBody, async (request, response) => {
      const created = await movies.create(validate(movieInputSchema, request.body, 'body'));
      response.status(201).location(`/api/movies/${created.movie.id}`);
      answer(response, created);
    })
    .delete(async (_request, response) => {
      await movies.removeAll();
      response.status(204).end();
    })
    .all(refuseOtherMethods('GET', 'HEAD', 'POST', 'DELETE'));
}

function addItem(router: Router, movies: MovieRepository): void {
  router
    .route('/movies/:id')
    .get(async (request, response) => {
      const found = await movies.find(idOf(request));
      if (found === undefined) throw noSuchMovie();
      answer(response, found);
    })
    .put(...readJsonBody, async (request, response) => {
      const id = idOf(request);
      const input = validate(movieInputSchema, request.body, 'body');
      refuseOtherId(id, request.body);
      const replaced = await movies.replace(id, input, versionsOf(request.get('if-match')));
      if (replaced === undefined) throw await whyUntouched(movies, id);
      answer(response, replaced);
    })
    .delete(async (request, response) => {
      const id = idOf(request);
      const wasThere = await movies.remove(id, versionsOf(request.get('if-match')));
      if (!wasThere) throw await whyUntouched(movies, id);
      response.status(204).end();
    })
    .all(refuseOtherMethods('GET', 'HEAD', 'PUT', 'DELETE'));
}

/** Answers with a movie and its version. Express makes it 304 where If-None-Match names that version. */
function answer(response: Response, { movie, version }: VersionedMovie): void {
  response.set('etag', toEntityTag(version)).json(movie);
}

/** @throws Problem 404 for what can't be an id, since then there is nothing of that name either */
function idOf(request: Request<{ id: string }>): number {
  const { id } = request.params;
  if (!/^[1-9]\d{0,9}$/.test(id) || Number(id) > 2_147_483_647) throw noSuchMovie();
  return Number(id);
}

/** @throws Problem 409 if a body, which may be a movie as it was read, is that of another movie */
function refuseOtherId(id: number, body: unknown): void {
  const sent = (body as { id?: unknown }).id;
  if (sent === undefined || sent === id || sent === String(id)) return;
  throw new Problem(409, {
    detail: `The body is of another movie than the path, whose id is ${id}.`,
    errors: [{ pointer: '#/id', detail: `must be ${id}, or be left out` }],
  });
}

/** @returns why no movie was replaced or removed: there is none, or not of the version that the client named */
async function whyUntouched(movies: MovieRepository, id: number): Promise<Problem> {
  const found = await movies.find(id);
  if (found === undefined) return noSuchMovie();
  return new Problem(412, {
    detail: 'The movie was changed since you read it. Read it again, and send If-Match with its new ETag.',
    headers: { etag: toEntityTag(found.version) },
  });
}

function noSuchMovie(): Problem {
  return new Problem(404, { detail: 'There is no movie of that id.' });
}
