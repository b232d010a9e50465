import type { Response } from 'undici';
import { describeError, UserError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import { AttemptError, tryAgain } from './attempts.ts';
import type { DownloadSettings } from './download-settings.ts';
import { readRetryAfterMs } from './retry-after.ts';

/**
 * Sends one request.
 *
 * @returns an answer with a status below 400, or 416 where a range was asked for
 * @throws AttemptError where another attempt may succeed, else UserError
 */
export async function request(
  url: string,
  { client }: DownloadSettings,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  // What is compressed on its way has no length that could be compared, and no ranges.
  const init = { signal, headers: { 'accept-encoding': 'identity', ...headers } };
  const response = await client(url, init).catch((cause: unknown) => {
    throw cause instanceof AttemptError || cause instanceof UserError
      ? cause
      : new AttemptError(describeError(cause), { isUnreachable: true });
  });
  if (response.ok || (response.status === 416 && headers.range)) return response;
  await response.body?.cancel();
  throw describeRefusal(url, response);
}

/** The status codes after which one may ask again (RFC 9110, RFC 6585, RFC 8470). */
const TEMPORARY = [408, 425, 429];

function describeRefusal(url: string, response: Response): Error {
  const { status, statusText, headers } = response;
  const answer = `answers ${status} ${statusText}`.trimEnd();
  if (status >= 500 || TEMPORARY.includes(status)) {
    const waitMs = readRetryAfterMs(headers.get('retry-after'), new Date());
    return new AttemptError(`${new URL(url).host} ${answer}`, { waitMs });
  }
  const remedy =
    status === 404 || status === 410
      ? 'The publisher has withdrawn this version, or never had it. Get the newest commits of this repository; the versions are in bootstrap/artifacts/versions.ts.'
      : 'The publisher, or a proxy on the way, refuses it. Try the address in a browser; where the network forbids it, set kubernetes.source: packages in cluster.yaml.';
  return new UserError(`${url} ${answer}`, remedy);
}

/** A signal that aborts with an AttemptError when nothing has come for a time. */
export class SilenceTimer implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(url: string, silenceMs: number) {
    const reason = `${new URL(url).host} has sent nothing for ${silenceMs / 1000} s`;
    const abort = () => this.#controller.abort(new AttemptError(reason, { isUnreachable: true }));
    this.#timer = setTimeout(abort, silenceMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something has come. */
  restart(): void {
    this.#timer.refresh();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** Reads a small text, such as a list of checksums. */
export async function readText(url: string, settings: DownloadSettings, report: Report): Promise<string> {
  return await tryAgain(url, settings.limits, report, async () => {
    using timer = new SilenceTimer(url, settings.limits.silenceMs);
    const response = await request(url, settings, timer.signal);
    return await response.text().catch((cause: unknown) => {
      throw cause instanceof AttemptError ? cause : new AttemptError(describeError(cause), { cause });
    });
  });
}
