import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pRetry, { AbortError } from 'p-retry';
import { UserError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import { provideArtifact } from './artifact.ts';
import { checksumFile, hashText } from './content-hash.ts';

const RETRIES = 4;
const MEBIBYTE = 1024 ** 2;

/** A file that its publisher offers for download. */
export interface Download {
  readonly url: string;
  /** Where the publisher says what the file's SHA-256 is: alone, or in lines of `checksum  name`. */
  readonly checksumUrl?: string;
}

/**
 * A download, from the cache if it is there. What comes is checked against the publisher's checksum.
 *
 * @returns its file
 * @throws UserError when the checksum is another, or the host can't be reached
 */
export async function provideDownload(download: Download, cache: string, report: Report): Promise<string> {
  const name = basename(new URL(download.url).pathname);
  const build = async (folder: string) => {
    const file = join(folder, name);
    await fetchFile(download.url, file, report);
    if (download.checksumUrl) await verify(file, name, download);
  };
  const folder = await provideArtifact(
    { name: 'downloads', key: `${hashText(download.url)}-${name}`, build },
    cache,
    report,
  );
  return join(folder, name);
}

async function fetchFile(url: string, file: string, report: Report): Promise<void> {
  await pRetry(
    async () => {
      const response = await requestFile(url);
      let received = 0;
      const count = async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          received += chunk.length;
          report(`${basename(file)}: ${Math.round(received / MEBIBYTE)} MiB`);
          yield chunk;
        }
      };
      const unfinished = `${file}.unfinished`;
      if (!response.body) throw new Error(`${url} has no body`);
      await pipeline(Readable.fromWeb(response.body), count, createWriteStream(unfinished));
      await rename(unfinished, file);
    },
    { retries: RETRIES, onFailedAttempt: ({ error }) => report(`trying again: ${error.message}`) },
  );
}

async function requestFile(url: string): Promise<Response> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new UserError(
      `${new URL(url).host} can't be reached`,
      'Check the connection, or set kubernetes.source: packages in cluster.yaml.',
      { cause },
    );
  });
  if (response.ok) return response;
  const error = new Error(`${url} answers ${response.status} ${response.statusText}`);
  // What is asked for wrongly is not there later either; 408 and 429 ask to come again.
  const isFinal = response.status < 500 && ![408, 429].includes(response.status);
  throw isFinal ? new AbortError(error) : error;
}

async function verify(file: string, name: string, download: Download): Promise<void> {
  const published = await (await requestFile(download.checksumUrl ?? '')).text();
  const expected = findChecksum(published, name);
  const actual = await checksumFile(file);
  if (actual === expected) return;
  await rm(file);
  throw new UserError(
    `${download.url} has the SHA-256 ${actual}, but its publisher says ${expected ?? 'nothing of it'}`,
    'Nothing of it was used. Try again; if it stays so, do not trust the network or the publisher.',
  );
}

/** Finds the checksum of a file in what its publisher wrote: a checksum alone, or a line for each file. */
export function findChecksum(published: string, name: string): string | undefined {
  const lines = published.trim().split('\n');
  const alone = lines[0]?.trim();
  if (lines.length === 1 && alone && /^[0-9a-f]{64}$/.test(alone)) return alone;
  return lines.map((line) => line.trim().split(/\s+\*?/)).find(([, file]) => file === name)?.[0];
}
