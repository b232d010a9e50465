import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import { waitForExclusiveLock } from '../lib/exclusive-lock.ts';
import { OfflineError } from '../lib/offline-shell.ts';
import type { Report } from '../lib/progress.ts';
import { exists, provideArtifact } from './artifact.ts';
import { checksumFile, hashText } from './content-hash.ts';
import type { DownloadSettings } from './download-settings.ts';
import type { PinnedChecksums } from './pinned-checksums.ts';
import { pruneCache } from './prune-cache.ts';
import { type Download, nameOf, readPublishedChecksum } from './published-checksum.ts';
import { downloadFile, removePart } from './resumable-download.ts';

/** Where finished downloads are in the cache, and where those are that were begun. */
export const FINISHED_DOWNLOADS = 'downloads';
const BEGUN = 'begun-downloads';
/** Who waits for another process to have downloaded the same waits that long; that process gives up earlier. */
const LONGEST_WAIT_MS = 2 * 3600 * 1000;

/** What a download must be, and who says so. */
interface Expectation {
  readonly checksum: string;
  readonly says: string;
}

/**
 * A download, from the cache if it is there. What its publisher says that it is must be what the repository says, and
 * what comes must be that: docs/decisions/0012-downloads.md. One process downloads, all others wait for it; what an
 * earlier run had begun is gone on with.
 *
 * @returns its file
 * @throws OfflineError when the cache lacks it, and there is no network
 * @throws UnreachableError when the host can't be reached
 * @throws UserError when a checksum is another, or nobody names one
 */
export async function provideDownload(
  download: Download,
  pinned: PinnedChecksums,
  settings: DownloadSettings,
  report: Report,
): Promise<string> {
  const name = nameOf(download);
  const key = keyOf(download, pinned);
  const { cache } = settings;
  const build = async (folder: string) => {
    const begun = join(cache, BEGUN, key);
    const part = join(begun, name);
    await mkdir(begun, { recursive: true });
    const expected = await readExpectation(download, pinned, settings, report);
    await downloadVerified(download, part, expected, settings, report);
    await rename(part, join(folder, name));
    await rm(begun, { recursive: true, force: true });
  };
  const provide = async () =>
    join(await provideArtifact({ name: FINISHED_DOWNLOADS, key, build }, cache, report), name);
  if (await isDownloaded(download, pinned, cache)) return await provide();
  if (settings.isOffline) throw new OfflineError(`download ${download.url}`);
  await mkdir(join(cache, BEGUN), { recursive: true });
  await pruneCache(join(cache, BEGUN));
  using _lock = await waitForExclusiveLock(join(cache, BEGUN, `${key}.lock`), LONGEST_WAIT_MS, () =>
    report(`${name}: waiting for another process that downloads it`),
  );
  return await provide();
}

/** Whether a download is in the cache. */
export async function isDownloaded(
  download: Download,
  pinned: PinnedChecksums,
  cache: string,
): Promise<boolean> {
  return await exists(join(cache, FINISHED_DOWNLOADS, keyOf(download, pinned)));
}

/** Names a download in the cache; it is another one when the repository says that it must be another. */
export function keyOf(download: Download, pinned: PinnedChecksums): string {
  return `${hashText(download.url, pinned[download.url] ?? '')}-${nameOf(download)}`;
}

async function readExpectation(
  download: Download,
  pinned: PinnedChecksums,
  settings: DownloadSettings,
  report: Report,
): Promise<Expectation> {
  const pin = pinned[download.url];
  const published = await readPublishedChecksum(download, settings, report);
  if (pin && published && pin !== published) {
    throw new UserError(
      `The publisher of ${download.url} says that its SHA-256 is ${published}, but bootstrap/artifacts/checksums.json says ${pin}`,
      'What was published under this version has been replaced. Nothing was used. Do not go on before you know why: ask the publisher.',
    );
  }
  if (pin) return { checksum: pin, says: 'bootstrap/artifacts/checksums.json says' };
  if (published) return { checksum: published, says: 'its publisher says' };
  throw new UserError(
    `Nobody says what ${download.url} must be: its publisher names no checksum, and bootstrap/artifacts/checksums.json has none`,
    'Where you trust the network, pin it (npm run checksums), look at what has changed, and commit it.',
  );
}

async function downloadVerified(
  { url }: Download,
  part: string,
  expected: Expectation,
  settings: DownloadSettings,
  report: Report,
): Promise<void> {
  const { isResumed } = await downloadFile(url, part, settings, report);
  let actual = await checksumFile(part);
  // Parts that don't fit together, after a crash for example, say nothing about the publisher.
  if (actual !== expected.checksum && isResumed) {
    await removePart(part);
    await downloadFile(url, part, settings, report);
    actual = await checksumFile(part);
  }
  if (actual === expected.checksum) return;
  await removePart(part);
  throw new UserError(
    `${url} has the SHA-256 ${actual}, but ${expected.says} ${expected.checksum}`,
    'Nothing of it was used. Try again; if it stays so, do not trust the network or the publisher.',
  );
}
