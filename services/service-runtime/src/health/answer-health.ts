import { Router } from 'express';
import type { Readiness } from './readiness.ts';

/**
 * Routes for probes. `GET /health`: the process is alive; asks nobody else, since restarting a process doesn't
 * mend its database. `GET /ready`: whether it can do its work, 503 if not.
 */
export function answerHealth(readiness: Readiness): Router {
  const router = Router();
  router.get('/health', (_request, response) => {
    response.json({ status: 'alive' });
  });
  router.get('/ready', async (_request, response) => {
    const report = await readiness.report();
    response.status(report.status === 'ready' ? 200 : 503).json(report);
  });
  return router;
}
