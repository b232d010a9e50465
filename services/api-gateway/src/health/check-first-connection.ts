import type { DependencyCheck } from 'service-runtime/health/readiness';

export interface FirstConnectionOptions {
  /** How long to hold out without a connection. */
  graceMs: number;
  /** The clock, in milliseconds. */
  now?: () => number;
}

/**
 * Makes a check that fails until there was one connection to the broker, or the grace is over. So a new pod takes
 * no requests before it can serve all of them; but a broker that goes away later doesn't take the movies with it:
 * the gateway stays in service and answers 503 for orders alone.
 */
export function checkFirstConnection(
  isConnected: () => boolean,
  { graceMs, now = Date.now }: FirstConnectionOptions,
): DependencyCheck {
  const startedAt = now();
  let isOver = false;
  return () => {
    isOver ||= isConnected() || now() - startedAt >= graceMs;
    if (!isOver) throw new Error('not connected yet');
  };
}
