import type { RequestListener } from 'node:http';
import { Router } from 'express';
import type { Readiness } from 'service-runtime/health/readiness';
import { createServiceApp } from 'service-runtime/http/create-service-app';
import type { Logger } from 'service-runtime/logging/create-logger';
import type { Metrics } from 'service-runtime/metrics/create-metrics';
import { hideToken } from './auth/hide-token.ts';
import { requireSession } from './auth/require-session.ts';
import { createSessions } from './auth/session.ts';
import type { Push } from './journeys/push.ts';
import { pageRoutes, protect } from './pages/page-routes.ts';
import { pushRoutes } from './pages/push-routes.ts';

export interface AppDependencies {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly loginToken: string;
  readonly pushSecret: string;
  readonly onPush: (push: Push) => void;
  readonly events: Router;
  readonly webFolder: string;
}

/** Builds the dashboard: nothing but probes and signed pushes is answered without a session. Does no I/O. */
export function createApp(dependencies: AppDependencies): RequestListener {
  const { logger, metrics, readiness, loginToken, pushSecret, onPush, events, webFolder } = dependencies;
  const routes = Router();
  routes.use(protect, pushRoutes(pushSecret, onPush));
  routes.use(requireSession(createSessions(loginToken)), events, pageRoutes(webFolder));
  return hideToken(createServiceApp({ logger, metrics, readiness, routes }));
}
