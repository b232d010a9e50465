import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import pg from 'pg';
import type { QueryResult } from 'service-contracts/query';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { createLogger } from 'service-runtime/logging/create-logger';
import { createTestDatabase, queryAsAdministrator } from '../../../backends/create-test-database.ts';
import { prepareReader } from '../../../backends/prepare-reader.ts';
import type { PostgresAddress } from '../../../backends/start-postgres.ts';
import type { Config } from '../config.ts';
import type { ReaderOptions } from '../database/reader-database.ts';
import { startQueryApi } from '../server.ts';

/** A database with the table `movies` of three rows, its owner, and a role that can only read it. */
export interface ReadableDatabase extends ReaderOptions {
  /** Runs a statement as the role of the application, which owns the tables. */
  asOwner(sql: string): Promise<Record<string, unknown>[]>;
  asAdministrator(sql: string): Promise<Record<string, unknown>[]>;
}

export const apiKey = 'the key of the tests';

const movies = `
  CREATE TABLE movies (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, title text NOT NULL, rating numeric);
  INSERT INTO movies (title, rating) VALUES ('Alien', 8.5), ('Aliens', 8.4), ('Top Gun', NULL);
`;

export async function createReadableDatabase(server: PostgresAddress): Promise<ReadableDatabase> {
  const { name } = await createTestDatabase(server);
  const [owner, reader] = [`${name}_owner`, `${name}_reader`];
  const password = randomUUID();
  const asAdministrator = (sql: string) => queryAsAdministrator(server, name, sql);
  await asAdministrator(`CREATE ROLE ${owner} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
  await asAdministrator(`ALTER DATABASE ${name} OWNER TO ${owner}`);
  await asAdministrator(`REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`);
  await prepareReader(server, { database: name, application: owner, reader, password });
  const asOwner = (sql: string) => queryAsAdministrator({ ...server, username: owner, password }, name, sql);
  await asOwner(movies);
  return {
    host: server.host,
    port: server.port,
    name,
    username: reader,
    password,
    poolSize: 3,
    poolWaitMs: 1000,
    applicationName: `query-api ${name}`,
    asOwner,
    asAdministrator,
  };
}

/** Limits small enough for tests to reach. */
export const limits = { timeoutMs: 1000, lockTimeoutMs: 300, maxRows: 100, maxBytes: 100_000 };
export const streamLimits = { timeoutMs: 5000, lockTimeoutMs: 300, maxRows: 200_000, maxBytes: 64_000_000 };

export async function startTestService(
  databases: Record<string, ReaderOptions>,
  overrides: Partial<Config> = {},
): Promise<RunningService> {
  const config = {
    port: 0,
    metricsPort: 0,
    logLevel: 'silent',
    shutdownDelayMs: 0,
    shutdownTimeoutMs: 5000,
    apiKey,
    databases,
    limits,
    streamLimits,
    ...overrides,
  };
  return await startQueryApi(config, createLogger({ service: 'query-api', version: '0', level: 'silent' }));
}

/** What the service answered. */
export interface Answer {
  status: number;
  headers: Headers;
  body: QueryResult & { code?: string; detail?: string; position?: number; hint?: string };
}

/** Posts a statement to the database `inventory`. */
export async function query(
  service: RunningService,
  sql: string,
  params: readonly unknown[] = [],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await post(service, { database: 'inventory', sql, params }, headers);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}

export function post(
  service: RunningService,
  body: unknown,
  headers: Record<string, string> = {},
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch(`http://127.0.0.1:${service.port}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey, ...headers },
    body: JSON.stringify(body),
    signal,
  });
}

/** Posts a statement to the database `inventory`, and reads no more of the answer than its headers. */
export async function postUnread(
  service: RunningService,
  sql: string,
  accept: string,
): Promise<IncomingMessage> {
  const sent = request(`http://127.0.0.1:${service.port}/api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey, accept },
  });
  sent.end(JSON.stringify({ database: 'inventory', sql }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}
