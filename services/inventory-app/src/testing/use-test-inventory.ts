import type { Movie } from 'service-contracts/movie';
import type { DatabaseOptions } from 'service-runtime/database/create-database';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { createTestDatabase } from '../../../backends/create-test-database.ts';
import {
  type CallMovies,
  createMoviesClient,
  startTestInventory,
  untilStatus,
} from './start-test-inventory.ts';

/** An inventory of its own for the tests of a file; each of them begins without movies. */
export interface TestInventory {
  readonly call: CallMovies;
  /** Adds a movie that has a title only. */
  add(title: string): Promise<Movie>;
  /** Where it listens, without a slash at the end. */
  baseUrl(): string;
  service(): RunningService;
  database(): DatabaseOptions;
}

/** Starts an inventory before the tests of a file, and stops it after. */
export function useTestInventory(): TestInventory {
  let service: RunningService;
  let database: DatabaseOptions;
  const baseUrl = () => `http://127.0.0.1:${service.port}`;
  const call = createMoviesClient(baseUrl);
  beforeAll(async () => {
    database = await createTestDatabase(inject('postgres'));
    service = await startTestInventory(database);
    await untilStatus(200, '/ready', baseUrl());
  });
  afterEach(() => call('DELETE', ''));
  afterAll(() => service.stop());
  return {
    call,
    add: async (title) => (await (await call('POST', '', { title })).json()) as Movie,
    baseUrl,
    service: () => service,
    database: () => database,
  };
}
