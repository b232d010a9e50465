import { type Request, type Response, Router } from 'express';
import { ndjsonType, queryRequestSchema } from 'service-contracts/query';
import { Problem } from 'service-runtime/http/problem';
import { readJsonBody } from 'service-runtime/http/read-json-body';
import { refuseOtherMethods } from 'service-runtime/http/refuse-other-methods';
import { validate } from 'service-runtime/http/validate';
import { requireApiKey } from '../auth/require-api-key.ts';
import type { ReaderDatabase } from '../database/reader-database.ts';
import { answerJson } from './answer-json.ts';
import { answerNdjson } from './answer-ndjson.ts';
import { type QueryLimits, readPages } from './read-pages.ts';
import { refuseOtherStatements } from './refuse-other-statements.ts';

export interface QueryOptions {
  /** Who knows it may ask. */
  apiKey: string;
  databases: ReadonlyMap<string, ReaderDatabase>;
  /** Of an answer that is one JSON document. */
  limits: QueryLimits;
  /** Of an answer that is streamed. */
  streamLimits: QueryLimits;
}

const jsonType = 'application/json';

/** A client that takes nothing for this long, besides the time that a statement may take, is given up. */
const patienceMs = 10_000;

/** The route that runs statements: `POST /query`. */
export function queryRoutes({ apiKey, databases, limits, streamLimits }: QueryOptions): Router {
  const router = Router();
  router
    .route('/query')
    .post(requireApiKey(apiKey), ...readJsonBody, async (request, response) => {
      const isStreamed = chooseType(request) === ndjsonType;
      const { database: name, ...statement } = validate(queryRequestSchema, request.body, 'body');
      const database = databases.get(name) ?? refuseUnknown(name, databases);
      refuseOtherStatements(statement.sql);
      const used = isStreamed ? streamLimits : limits;
      const answer = isStreamed ? answerNdjson : answerJson;
      await unlessGone(request, response, (clientGone) => {
        const pages = readPages(database, statement, used, clientGone);
        return answer(response, pages, used.timeoutMs + patienceMs);
      });
    })
    .all(refuseOtherMethods('POST'));
  return router;
}

/** @throws Problem 406 */
function chooseType(request: Request): string {
  const type = request.accepts([jsonType, ndjsonType]);
  if (type === false) throw new Problem(406, { detail: `There are ${jsonType} and ${ndjsonType}.` });
  return type;
}

function refuseUnknown(name: string, databases: ReadonlyMap<string, unknown>): never {
  const detail = `must be one of ${[...databases.keys()].join(', ')}`;
  throw new Problem(422, {
    detail: `There is no database "${name}".`,
    errors: [{ pointer: '#/database', detail }],
  });
}

/** Answers as long as there is somebody to answer. @param answer is told by the signal when there is nobody left */
async function unlessGone(
  request: Request,
  response: Response,
  answer: (clientGone: AbortSignal) => Promise<void>,
): Promise<void> {
  const clientGone = new AbortController();
  response.once('close', () => clientGone.abort());
  try {
    await answer(clientGone.signal);
  } catch (error) {
    if (!clientGone.signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    request.log.warn({ reason }, 'answer broken off');
  }
}
