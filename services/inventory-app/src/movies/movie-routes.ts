import { type Request, Router } from 'express';
import { movieInputSchema, movieSearchSchema } from 'service-contracts/movie';
import { Problem } from 'service-runtime/http/problem';
import { readJsonBody } from 'service-runtime/http/read-json-body';
import { refuseOtherMethods } from 'service-runtime/http/refuse-other-methods';
import { validate } from 'service-runtime/http/validate';
import type { MovieRepository } from './movie-repository.ts';

/** Routes of movies: the collection at `/movies`, each one at `/movies/:id`. */
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
      const page = await movies.search(validate(movieSearchSchema, request.query, 'query'));
      response.set('x-total-count', String(page.total)).json(page.movies);
    })
    .post(...readJsonBody, async (request, response) => {
      const movie = await movies.create(validate(movieInputSchema, request.body, 'body'));
      response.status(201).location(`/api/movies/${movie.id}`).json(movie);
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
      response.json(existing(await movies.find(idOf(request))));
    })
    .put(...readJsonBody, async (request, response) => {
      const id = idOf(request);
      response.json(existing(await movies.replace(id, validate(movieInputSchema, request.body, 'body'))));
    })
    .delete(async (request, response) => {
      if (!(await movies.remove(idOf(request)))) throw noSuchMovie();
      response.status(204).end();
    })
    .all(refuseOtherMethods('GET', 'HEAD', 'PUT', 'DELETE'));
}

/** @throws Problem 404 for what can't be an id, since then there is nothing of that name either */
function idOf(request: Request<{ id: string }>): number {
  const { id } = request.params;
  if (!/^[1-9]\d{0,9}$/.test(id) || Number(id) > 2_147_483_647) throw noSuchMovie();
  return Number(id);
}

function existing<Value>(movie: Value | undefined): Value {
  if (movie === undefined) throw noSuchMovie();
  return movie;
}

function noSuchMovie(): Problem {
  return new Problem(404, { detail: 'There is no movie of that id.' });
}
