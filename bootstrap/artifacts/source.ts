import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError } from '../lib/errors.ts';
import { writePrivateFile } from '../lib/private-file.ts';
import { StepError } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { UnreachableError } from './attempts.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { listMissing, type ReleaseContext } from './release-source.ts';

/** Where Kubernetes, controllers and images come from: official downloads, or package registries. */
export type Source = 'release' | 'packages';

const PROBE_TIMEOUT_MS = 8000;
/** The first byte is enough to know. */
export const PROBE_RANGE = 'bytes=0-0';
/** What a proxy or filter answers that lets nobody through; anything else may be different for the real request. */
const REFUSALS = [401, 403, 407, 451];

/** What choosing a source needs to know. */
export type SourceContext = ReleaseContext & Pick<Context, 'cluster' | 'log'>;

/**
 * The source in the cluster's settings, or, for `auto`, the one that the cluster was made from, else `release` where
 * everything that it downloads is in the cache or can be reached. Where it can't, one line on stderr says so.
 */
export async function chooseSource(context: SourceContext): Promise<Source> {
  const { source } = context.cluster.settings.kubernetes;
  if (source !== 'auto') return source;
  const made = await readSource(context);
  if (made) return made;
  const obstacle = await findObstacle(context);
  if (obstacle) announcePackages(context, obstacle);
  return obstacle ? 'packages' : 'release';
}

/**
 * Does something with the source that is chosen; when a download's host turns out to be unreachable after all, does it
 * again with `packages`. Only for `auto`, and only as long as nothing was made from the first source. A wrong checksum
 * is no reason.
 */
export async function withChosenSource(
  context: SourceContext,
  work: (source: Source) => Promise<void>,
): Promise<void> {
  const source = await chooseSource(context);
  try {
    await work(source);
  } catch (error) {
    const reason = error instanceof StepError ? error.cause : error;
    if (!(reason instanceof UnreachableError) || !(await mayFallOver(context, source))) throw error;
    announcePackages(context, reason.message);
    await work('packages');
  }
}

/** Notes what a cluster is made from: another source would be another Kubernetes on the same data. */
export async function noteSource(context: Pick<Context, 'directories'>, source: Source): Promise<void> {
  await writePrivateFile(sourceFile(context), `${source}\n`);
}

async function mayFallOver(context: SourceContext, source: Source): Promise<boolean> {
  const isAutomatic = context.cluster.settings.kubernetes.source === 'auto';
  return isAutomatic && source === 'release' && (await readSource(context)) === undefined;
}

const sourceFile = ({ directories }: Pick<Context, 'directories'>) => join(directories.data, SOURCE_FILE);

/** The file in a cluster's data directory that says what it is made from. */
export const SOURCE_FILE = 'source';

/** What a cluster is made from; `undefined` as long as nothing is. */
export async function readSource(context: Pick<Context, 'directories'>): Promise<Source | undefined> {
  const text = (await readFile(sourceFile(context), 'utf8').catch(() => '')).trim();
  return text === 'release' || text === 'packages' ? text : undefined;
}

/** Why the downloads that the cache lacks can't be had; `undefined` if they can. */
async function findObstacle(context: SourceContext): Promise<string | undefined> {
  const client = createHttpClient(context.environment.proxy);
  const urls = (await listMissing(context)).map(({ url }) => url);
  const obstacles = await Promise.all(urls.map((url) => probe(client, url)));
  return obstacles.find((obstacle) => obstacle !== undefined);
}

async function probe(client: HttpClient, url: string): Promise<string | undefined> {
  const { host } = new URL(url);
  try {
    // Addresses that releases are redirected to may be signed for GET alone, so it is no HEAD request.
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const { status, body } = await client(url, { signal, headers: { range: PROBE_RANGE } });
    await body?.cancel();
    return REFUSALS.includes(status) ? `${host} answers ${status}` : undefined;
  } catch (error) {
    return new UnreachableError(url, describeTimeout(error)).message;
  }
}

function describeTimeout(error: unknown): unknown {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  return isLate ? `no answer for ${PROBE_TIMEOUT_MS / 1000} s` : describeError(error);
}

function announcePackages(context: SourceContext, obstacle: string): void {
  const line = `${obstacle}; everything is built from package registries instead`;
  context.log.info(line);
  process.stderr.write(`${line}\n`);
}
