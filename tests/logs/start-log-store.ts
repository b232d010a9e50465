import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { COMPILED, compile } from '../../bootstrap/artifacts/observability.ts';
import type { AskLoki } from '../../bootstrap/observability/read-logs.ts';
import { clusterDirectories } from '../../bootstrap/settings/directories.ts';
import { freePort } from '../../services/backends/free-port.ts';
import { type ServerProcess, spawnServer } from '../../services/backends/server-process.ts';
import { shell } from '../support/go-tools.ts';

const APPS = join(import.meta.dirname, '..', '..', 'apps');
/** The programs that `create` compiles for a cluster of the source `packages`, from its cache. */
const CACHE = clusterDirectories('tests').cache;

/** Compiling Loki takes minutes where that was not done before. */
export const BUILD_TIMEOUT_MS = 30 * 60_000;

/** The files of the programs, compiled once. */
export async function provideLogPrograms(): Promise<{ readonly loki: string; readonly collector: string }> {
  const loki = await compile(shell, COMPILED.loki, await tagOf('loki/statefulset.yaml'), CACHE, () => {});
  const collectorTag = await tagOf('log-collector/daemonset.yaml');
  const collector = await compile(shell, COMPILED.collector, collectorTag, CACHE, () => {});
  return {
    loki: join(loki.folder, COMPILED.loki.name),
    collector: join(collector.folder, COMPILED.collector.name),
  };
}

async function tagOf(manifest: string): Promise<string> {
  const [, tag = ''] = (await readFile(join(APPS, manifest), 'utf8')).match(/^ +image: \S+:(\S+)$/m) ?? [];
  return tag;
}

/** Loki, with the settings of apps/loki but for its folder and its addresses. */
export interface LogStore {
  readonly url: string;
  readonly folder: string;
  readonly ask: AskLoki;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** What differs from the settings of a cluster, besides folders and addresses. */
export interface LogStoreOptions {
  /** The port that it answers on; any that is free, unless given. */
  readonly port?: number;
  /** Settings of the compactor. */
  readonly compactor?: Readonly<Record<string, string>>;
}

/** Starts Loki on loopback, with its data in a folder; ended with the test that runs. */
export async function startLogStore(
  program: string,
  folder: string,
  { port, compactor = {} }: LogStoreOptions = {},
): Promise<LogStore> {
  const http = port ?? (await freePort());
  const grpc = await freePort();
  const text = await readFile(join(APPS, 'loki', 'loki.yaml'), 'utf8');
  const settings = parse(text.replaceAll(/(?<=: )\/loki\b/g, join(folder, 'data')));
  Object.assign(settings.server, {
    http_listen_address: '127.0.0.1',
    http_listen_port: http,
    grpc_listen_port: grpc,
  });
  Object.assign(settings.compactor, compactor);
  const file = join(folder, 'loki.yaml');
  await writeFile(file, stringify(settings));
  const url = `http://127.0.0.1:${http}`;
  const options = { folder, output: join(folder, 'loki.log') };
  const server = await spawnServer(program, [`-config.file=${file}`], options);
  onTestFinished(() => server.end('SIGKILL'));
  await server.untilReady(() => requireOk(`${url}/ready`), { name: 'Loki', timeoutMs: 120_000 });
  const ask: AskLoki = async (path) => {
    const answer = await fetch(`${url}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  return { url, folder, ask, end: (signal) => server.end(signal) };
}

/**
 * Starts the collector with the settings of apps/log-collector but for its addresses and the folder of logs; ended
 * with the test that runs.
 *
 * @param pods stands for /var/log/pods
 */
export async function startCollector(
  program: string,
  folder: string,
  { pods, lokiUrl }: { readonly pods: string; readonly lokiUrl: string },
): Promise<ServerProcess> {
  await mkdir(pods, { recursive: true });
  const health = `127.0.0.1:${await freePort()}`;
  const text = (await readFile(join(APPS, 'log-collector', 'collector.yaml'), 'utf8'))
    .replaceAll('/var/log/pods', pods)
    .replace('0.0.0.0:13133', health)
    .replace('host: 0.0.0.0', 'host: 127.0.0.1')
    .replace('port: 8888', `port: ${await freePort()}`);
  const file = join(folder, 'collector.yaml');
  await writeFile(file, text);
  const server = await spawnServer(program, ['--config', file], {
    folder,
    output: join(folder, 'collector.log'),
    // biome-ignore lint/style/noProcessEnv: handed on to the program under test
    env: { PATH: process.env.PATH ?? '', NODE_NAME: 'agent', LOKI_URL: lokiUrl },
  });
  onTestFinished(() => server.end('SIGKILL'));
  await server.untilReady(() => requireOk(`http://${health}/`), { name: 'the collector', timeoutMs: 60_000 });
  return server;
}

async function requireOk(url: string): Promise<void> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
}
