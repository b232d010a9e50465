import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningService } from 'service-runtime/lifecycle/serve';
import { createLogger } from 'service-runtime/logging/create-logger';
import { bundlePage } from '../../bundle-page.ts';
import type { Config } from '../config.ts';
import { serveDashboard } from '../server.ts';
import { ScriptedCluster, ScriptedLogs } from './scripted-cluster.ts';

export const loginToken = 'the-login-token-of-the-tests';
export const pushSecret = 'the push secret of the tests';

/** A dashboard that serves a scripted cluster. */
export interface TestDashboard {
  readonly cluster: ScriptedCluster;
  readonly logs: ScriptedLogs;
  readonly url: string;
  readonly loginUrl: string;
  /** What the process has logged. */
  readonly logged: string[];
  /** Sends a push event as the git server does. */
  sendPush(event: PushEvent, secret?: string): Promise<Response>;
  /** Ends the process's part, as a node that goes does. */
  stop(): Promise<void>;
  /** Serves again, at the same address. */
  restart(): Promise<void>;
}

export interface PushEvent {
  readonly revision: string;
  readonly title: string;
  readonly files: readonly string[];
}

/** Bundles the page once for a test file. */
export async function createWebFolder(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'dashboard-page-'));
  await bundlePage(folder);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

export function createConfig(overrides: Partial<Config> = {}): Config {
  return {
    port: 0,
    metricsPort: 0,
    logLevel: 'info',
    shutdownDelayMs: 0,
    shutdownTimeoutMs: 1000,
    loginToken,
    pushSecret,
    clusterName: 'test',
    namespaces: ['movies'],
    argoCdNamespace: 'argocd',
    ...overrides,
  };
}

/** @param setUp makes what is there before the page looks */
export async function startTestDashboard(
  webFolder: string,
  setUp: (cluster: ScriptedCluster) => void,
): Promise<TestDashboard> {
  const cluster = new ScriptedCluster();
  setUp(cluster);
  const logs = new ScriptedLogs();
  const logged: string[] = [];
  const options = { service: 'dashboard', version: '0', level: 'info' };
  const logger = createLogger(options, { write: (line) => void logged.push(line) });
  const sources = { cluster, logs, webFolder };
  let service: RunningService = await serveDashboard(createConfig(), logger, sources);
  const { port } = service;
  const url = `http://127.0.0.1:${port}`;
  return {
    cluster,
    logs,
    url,
    loginUrl: `${url}/login?token=${loginToken}`,
    logged,
    sendPush: (event, secret = pushSecret) => sendPush(url, event, secret),
    stop: () => service.stop(),
    async restart() {
      service = await serveDashboard(createConfig({ port }), logger, sources);
    },
  };
}

async function sendPush(
  url: string,
  { revision, title, files }: PushEvent,
  secret: string,
): Promise<Response> {
  const body = JSON.stringify({
    ref: 'refs/heads/main',
    before: 'a'.repeat(40),
    after: revision,
    head_commit: { id: revision, message: `${title}\n\nmore`, author: { name: 'You' } },
    commits: [{ id: revision, added: [], removed: [], modified: files }],
  });
  return await fetch(`${url}/hooks/push`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  });
}
