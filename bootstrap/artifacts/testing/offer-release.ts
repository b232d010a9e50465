import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { type Download, nameOf } from '../published-checksum.ts';
import { listReleaseDownloads, type ReleaseDownloads, type Target } from '../release-downloads.ts';
import { type ReleaseServer, sha256 } from './release-server.ts';

/** Offers a stand-in for each download of a release, where the real ones are, with its publisher's checksums. */
export async function offerRelease(server: ReleaseServer, target: Target): Promise<ReleaseDownloads> {
  const downloads = listReleaseDownloads(target);
  await offerDownloads(server, downloads);
  return downloads;
}

/** As {@link offerRelease}, for any downloads, by what they are. */
export async function offerDownloads(
  server: ReleaseServer,
  downloads: Readonly<Record<string, Download>>,
): Promise<void> {
  for (const [what, download] of Object.entries(downloads)) {
    const body = download.url.endsWith('.tar.gz') ? await pack(what) : Buffer.from(standIn(what));
    server.offer(download.url, { body, entityTag: `"${what}"` });
    if (!download.checksumUrl) continue;
    // One list may have the checksums of what is for several targets.
    const lines = server.files.get(download.checksumUrl)?.body ?? '';
    server.offer(download.checksumUrl, `${lines}${sha256(body)}  ${nameOf(download)}\n`);
  }
}

/** The checksums of what is offered, as the repository would have them. */
export function pinOffered(
  server: ReleaseServer,
  downloads: Readonly<Record<string, Download>>,
): Record<string, string> {
  const urls = Object.values(downloads).map(({ url }) => url);
  return Object.fromEntries(urls.map((url) => [url, sha256(server.files.get(url)?.body ?? '')]));
}

/** What a stand-in says. */
export function standIn(what: string): string {
  return `#!/bin/sh\necho ${what}\n`;
}

async function pack(program: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-'));
  try {
    await writeFile(join(folder, program), standIn(program));
    await writeFile(join(folder, 'LICENSE'), 'free');
    const file = join(folder, 'archive.tar.gz');
    await create({ file, cwd: folder, gzip: true }, ['LICENSE', program]);
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
