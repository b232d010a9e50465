import type { DatabaseOptions } from 'service-runtime/database/create-database';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { createLogger } from 'service-runtime/logging/create-logger';
import { expect, vi } from 'vitest';
import { startInventory } from '../server.ts';

export const topGun = { title: 'TOP GUN', description: 'Story of a fighter pilot' };

/**
 * Starts the inventory within the test's own process, on free ports.
 * @param failoverWaitMs how long requests wait for the database
 */
export async function startTestInventory(
  database: DatabaseOptions,
  failoverWaitMs = 0,
): Promise<RunningService> {
  const logger = createLogger({ service: 'inventory-app', version: '0', level: 'silent' });
  const ports = { port: 0, metricsPort: 0 };
  return await startInventory(
    { ...ports, logLevel: 'silent', shutdownDelayMs: 0, shutdownTimeoutMs: 5000, database, failoverWaitMs },
    logger,
  );
}

/** Waits until a path answers with a status. */
export async function untilStatus(status: number, path: string, baseUrl: string): Promise<Response> {
  return await vi.waitFor(
    async () => {
      const response = await fetch(`${baseUrl}${path}`);
      expect(response.status).toBe(status);
      return response;
    },
    { timeout: 30_000, interval: 50 },
  );
}

/** Sends a request about movies; a body goes as JSON. */
export type CallMovies = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Response>;

/** @param baseUrl tells where the inventory listens when a call is made */
export function createMoviesClient(baseUrl: () => string): CallMovies {
  return (method, path, body, headers = {}) => {
    const url = `${baseUrl()}/api/movies${path}`;
    if (body === undefined) return fetch(url, { method, headers });
    const type = { 'content-type': 'application/json' };
    return fetch(url, { method, headers: { ...type, ...headers }, body: JSON.stringify(body) });
  };
}
