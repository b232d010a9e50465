import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import express from 'express';
import { answerProblems } from 'service-runtime/http/answer-problems';
import { logRequests } from 'service-runtime/http/log-requests';
import { type HttpServer, startHttpServer } from 'service-runtime/http/start-http-server';
import { createLogger } from 'service-runtime/logging/create-logger';
import { Pool } from 'undici';
import { afterEach } from 'vitest';
import { forwardRequests } from '../proxy/forward-requests.ts';
import { useUpstreams } from './use-upstreams.ts';

export const maxBodyBytes = 10_000;

/** How long an upstream may say nothing. */
export const timeoutMs = 300;

/** Starts a proxy, and nothing else of the gateway, before an upstream. All functions return its address. */
export interface Proxies {
  /** The messages of what they logged as warnings and errors. */
  readonly warnings: readonly string[];
  /** Before one that speaks HTTP. */
  start(listener: RequestListener): Promise<string>;
  /** Before one that writes what the test wants. */
  startBeforeTcp(onConnection: (socket: Socket) => void): Promise<string>;
  /** Before any address. */
  startBefore(origin: string): Promise<string>;
}

export function useProxy(): Proxies {
  const upstreams = useUpstreams();
  const started: { pool: Pool; server: HttpServer }[] = [];
  const warnings: string[] = [];
  const destination = {
    write: (line: string) => warnings.push((JSON.parse(line) as { msg: string }).msg),
  };
  afterEach(async () => {
    warnings.length = 0;
    for (const { pool, server } of started.splice(0)) {
      await server.stop(0);
      await pool.destroy();
    }
  });
  const startBefore = async (origin: string) => {
    const pool = new Pool(origin, {
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: { timeout: 500 },
    });
    const app = express();
    app.use(logRequests(createLogger({ service: 'test', version: '0', level: 'warn' }, destination)));
    app.use(
      forwardRequests({ upstream: pool, upstreamName: 'inventory-app', pathPrefix: '/api', maxBodyBytes }),
    );
    app.use(answerProblems());
    const server = await startHttpServer(app, 0);
    started.push({ pool, server });
    return `http://127.0.0.1:${server.port}`;
  };
  return {
    warnings,
    start: async (listener) => startBefore(await upstreams.http(listener)),
    startBeforeTcp: async (onConnection) => startBefore(await upstreams.tcp(onConnection)),
    startBefore,
  };
}
