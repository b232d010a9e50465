import { createWriteStream } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'undici';
import { describeError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import { AttemptError, tryAgain } from './attempts.ts';
import type { DownloadSettings } from './download-settings.ts';
import { request, SilenceTimer } from './requests.ts';

const KIBIBYTE = 1024;
/** With less than this, a part is no reason to try for ever. */
const PROGRESS = 64 * KIBIBYTE;

/** What an earlier attempt, or an earlier run, has left. */
interface Part {
  readonly size: number;
  /** Names the version of the file that it is a part of; without one, nothing can be added to it. */
  readonly validator: string | undefined;
}

/** What was done to have a file. */
export interface Fetched {
  /** Whether it was put together from parts that came at different times. */
  readonly isResumed: boolean;
}

/**
 * Downloads a file, and goes on with the part that is there already (RFC 9110, range requests). Nobody else may write
 * it meanwhile.
 *
 * @param file where it goes; beside it, `<file>.validator` names what it is a part of
 * @throws UnreachableError when the host can't be reached, UserError when it can't serve the file
 */
export async function downloadFile(
  url: string,
  file: string,
  settings: DownloadSettings,
  report: Report,
): Promise<Fetched> {
  let isResumed = false;
  await tryAgain(url, settings.limits, report, async () => {
    const part = await readPart(file);
    using timer = new SilenceTimer(url, settings.limits.silenceMs);
    const answer = await request(url, settings, timer.signal, rangeHeaders(part));
    const start = await prepare(file, part, answer);
    isResumed = start > 0;
    await receive(answer, file, start, timer, report);
  });
  await rm(validatorFile(file), { force: true });
  return { isResumed };
}

/** Removes what is there of a file, so that its download begins anew. */
export async function removePart(file: string): Promise<void> {
  for (const one of [file, validatorFile(file)]) await rm(one, { force: true });
}

const validatorFile = (file: string) => `${file}.validator`;

async function readPart(file: string): Promise<Part> {
  const found = await stat(file).catch(() => undefined);
  const validator = await readFile(validatorFile(file), 'utf8').catch(() => undefined);
  return { size: found?.size ?? 0, validator };
}

function rangeHeaders({ size, validator }: Part): Record<string, string> {
  return size > 0 && validator ? { range: `bytes=${size}-`, 'if-range': validator } : {};
}

/** Only a strong ETag, or else a date, may stand in If-Range. */
function readValidator({ headers }: Response): string | undefined {
  const entityTag = headers.get('etag');
  if (entityTag?.startsWith('"')) return entityTag;
  return headers.get('last-modified') ?? undefined;
}

/** Makes the file ready for what comes; returns where that belongs. */
async function prepare(file: string, part: Part, answer: Response): Promise<number> {
  if (answer.status === 206) {
    const start = /^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '')?.[1];
    if (Number(start) === part.size) return part.size;
  }
  await removePart(file);
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new AttemptError(`${new URL(answer.url).host} has not the rest of what was begun`);
  }
  const validator = readValidator(answer);
  if (validator) await writeFile(validatorFile(file), validator);
  return 0;
}

async function receive(
  answer: Response,
  file: string,
  start: number,
  timer: SilenceTimer,
  report: Report,
): Promise<void> {
  const length = answer.headers.get('content-length');
  const total = length === null ? undefined : start + Number(length);
  let received = start;
  const count = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      timer.restart();
      received += chunk.length;
      report(`${basename(file)}: ${formatProgress(received, total)}`);
      yield chunk;
    }
  };
  const fail = (reason: string, cause?: unknown) => {
    const isUnreachable = cause instanceof AttemptError && cause.isUnreachable;
    return new AttemptError(reason, { cause, isUnreachable, hasProgress: received - start >= PROGRESS });
  };
  if (answer.body) {
    const target = createWriteStream(file, { flags: 'a' });
    await pipeline(Readable.fromWeb(answer.body), count, target).catch((cause: unknown) => {
      // The body ends with a TypeError where the connection broke; a full disk is no better at the next attempt.
      const isConnection = cause instanceof TypeError || cause instanceof AttemptError;
      throw isConnection ? fail(describeError(cause), cause) : cause;
    });
  }
  if (total !== undefined && received !== total)
    throw fail(`the connection broke at ${formatProgress(received, total)}`);
}

/** How much of a file is there: `12 of 68 MiB`; its total may be unknown. */
export function formatProgress(received: number, total: number | undefined): string {
  const unit = (total ?? received) < KIBIBYTE ** 2 ? 'KiB' : 'MiB';
  const format = (bytes: number) => Math.round(bytes / (unit === 'KiB' ? KIBIBYTE : KIBIBYTE ** 2));
  return total === undefined
    ? `${format(received)} ${unit}`
    : `${format(received)} of ${format(total)} ${unit}`;
}
