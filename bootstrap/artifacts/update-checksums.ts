/*
 * Writes the SHA-256 of everything that the source `release` downloads into checksums.json, after the versions in
 * versions.ts have changed; with --check, only tells whether they are all there, and as their publishers say. Needs
 * the internet. `npm run checksums` runs it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UserError } from '../lib/errors.ts';
import { printFailure } from '../lib/failure.ts';
import { readEnvironment } from '../settings/environment.ts';
import { checksumFile } from './content-hash.ts';
import { DOWNLOAD_LIMITS, type DownloadSettings } from './download-settings.ts';
import { createHttpClient } from './http-client.ts';
import { PINNED_CHECKSUMS, PINNED_CHECKSUMS_FILE } from './pinned-checksums.ts';
import { type Download, readPublishedChecksum } from './published-checksum.ts';
import { cosignDownload, k3sImagesDownload, listReleaseDownloads, TARGETS } from './release-downloads.ts';
import { downloadFile } from './resumable-download.ts';

const folder = await mkdtemp(join(tmpdir(), 'checksums-'));
try {
  await updateChecksums();
} catch (error) {
  printFailure(error, { isVerbose: process.argv.includes('--verbose') });
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit();

async function updateChecksums(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, verbose: { type: 'boolean' } } });
  const client = createHttpClient(readEnvironment().proxy);
  const settings = { client, limits: DOWNLOAD_LIMITS, cache: folder };
  const all = TARGETS.flatMap((target) => [
    ...Object.values(listReleaseDownloads(target)),
    k3sImagesDownload(target),
    cosignDownload(target),
  ]);
  const downloads = [...new Map(all.map((download) => [download.url, download])).values()];
  const checksums: Record<string, string> = {};
  for (const download of downloads.sort((one, other) => (one.url < other.url ? -1 : 1)))
    checksums[download.url] = await findOut(download, settings);
  requireUnchanged(checksums);
  const missing = Object.keys(checksums).filter((url) => !PINNED_CHECKSUMS[url]);
  if (values.check) requireNothing(missing);
  else await writeFile(PINNED_CHECKSUMS_FILE, `${JSON.stringify(checksums, undefined, 2)}\n`);
  const what = values.check ? 'as their publishers say' : `${missing.length} of them new`;
  process.stdout.write(`${downloads.length} checksums, ${what}\n`);
}

/** What the publisher says; where it says nothing, what comes. */
async function findOut(download: Download, settings: DownloadSettings): Promise<string> {
  const published = await readPublishedChecksum(download, settings, () => {});
  if (published) return published;
  const file = join(folder, encodeURIComponent(download.url));
  await downloadFile(download.url, file, settings, () => {});
  return await checksumFile(file);
}

/** A published file never changes: who wants another one nevertheless removes the old line by hand. */
function requireUnchanged(checksums: Readonly<Record<string, string>>): void {
  const changed = Object.entries(checksums).filter(([url, now]) => (PINNED_CHECKSUMS[url] ?? now) !== now);
  if (changed.length === 0) return;
  const lines = changed.map(([url, now]) => `${url} was ${PINNED_CHECKSUMS[url]}, and is ${now} now`);
  throw new UserError(
    lines.join('\n  '),
    'Nothing was written. A version that was published does not change: ask its publisher why.',
  );
}

function requireNothing(missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new UserError(`There is no checksum of ${missing.join('\n  ')}`, 'npm run checksums, and commit it.');
}
