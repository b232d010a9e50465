import { UserError } from '../lib/errors.ts';
import type { Report } from '../lib/progress.ts';
import type { DownloadSettings } from './download-settings.ts';
import { readText } from './requests.ts';

const SHA_256 = /^[0-9a-f]{64}$/;

/** A file that its publisher offers for download. */
export interface Download {
  readonly url: string;
  /** Where the publisher says what the file's SHA-256 is: alone, or in lines of `checksum  name`. */
  readonly checksumUrl?: string;
}

/** The name of a download, as its publisher calls the file. */
export function nameOf({ url }: Download): string {
  return decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
}

/**
 * Asks the publisher for a file's SHA-256; `undefined` where the publisher names none.
 *
 * @throws UserError when there should be one and is none
 */
export async function readPublishedChecksum(
  download: Download,
  settings: DownloadSettings,
  report: Report,
): Promise<string | undefined> {
  const { checksumUrl } = download;
  if (!checksumUrl) return undefined;
  const checksum = findChecksum(await readText(checksumUrl, settings, report), nameOf(download));
  if (checksum) return checksum;
  throw new UserError(
    `${checksumUrl} should say what the SHA-256 of ${nameOf(download)} is, but says nothing of it`,
    'Something else than the publisher may have answered, such as the login page of a network. Nothing was used; try again.',
  );
}

/** Finds the checksum of a file in what its publisher wrote: a checksum alone, or a line for each file. */
export function findChecksum(published: string, name: string): string | undefined {
  const lines = published.trim().split('\n');
  const alone = lines[0]?.trim();
  if (lines.length === 1 && alone && SHA_256.test(alone)) return alone;
  const checksum = lines
    .map((line) => line.trim().split(/\s+\*?/))
    .find(([, file]) => file === name)?.[0]
    ?.toLowerCase();
  return checksum && SHA_256.test(checksum) ? checksum : undefined;
}
