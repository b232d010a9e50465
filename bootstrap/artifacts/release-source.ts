import { chmod, copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extract } from 'tar';
import { OfflineError } from '../lib/offline-shell.ts';
import type { Report } from '../lib/progress.ts';
import type { Context } from '../settings/context.ts';
import { provideArtifact } from './artifact.ts';
import type { ArtifactSource } from './artifact-source.ts';
import { hashText } from './content-hash.ts';
import { FINISHED_DOWNLOADS, isDownloaded, keyOf, provideDownload } from './download.ts';
import { DOWNLOAD_LIMITS, type DownloadLimits, type DownloadSettings } from './download-settings.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { PINNED_CHECKSUMS, type PinnedChecksums } from './pinned-checksums.ts';
import { type Download, nameOf } from './published-checksum.ts';
import { cosignDownload, listReleaseDownloads } from './release-downloads.ts';

/** What a source of releases needs to know. */
export type ReleaseContext = Pick<Context, 'directories' | 'system' | 'environment'> &
  Partial<Pick<Context, 'isOffline'>>;

/** How the official releases are downloaded. */
export function downloadSettings(
  { environment, directories, isOffline = false }: ReleaseContext,
  limits: DownloadLimits = DOWNLOAD_LIMITS,
): DownloadSettings {
  const client = isOffline ? refuseRequest : createHttpClient(environment.proxy);
  return { client, limits, isOffline, cache: directories.cache };
}

const refuseRequest: HttpClient = (url) => Promise.reject(new OfflineError(`download ${url}`));

/**
 * Everything from the official releases; images are pulled by the nodes themselves.
 *
 * @param isVerifying whether nodes verify signatures, so that what does it belongs to what is downloaded
 */
export function createReleaseSource(
  context: ReleaseContext,
  limits: DownloadLimits = DOWNLOAD_LIMITS,
  pinned: PinnedChecksums = PINNED_CHECKSUMS,
  isVerifying = false,
): ArtifactSource {
  const settings = downloadSettings(context, limits);
  const downloads = listReleaseDownloads(context.system);
  const cosign = cosignDownload(context.system);
  const all = [...Object.values(downloads), ...(isVerifying ? [cosign] : [])];
  const provide = async (download: Download, report: Report) =>
    await provideDownload(download, pinned, settings, report);
  const provideProgram = async (name: 'kubectl' | 'kubeseal' | 'kustomize', report: Report) =>
    await unpackProgram(name, await provide(downloads[name], report), settings.cache, report);
  const readManifest = async (download: Download, report: Report) =>
    await readFile(await provide(download, report), 'utf8');
  return {
    name: 'release',
    remark: describeUnpinned(all, pinned),
    provideK3s: async (report) => {
      // Whatever may turn out to be unreachable is asked for before anything is made.
      if (isVerifying) await provide(cosign, report);
      return await provide(downloads.k3s, report);
    },
    provideCosign: async (report) => await provide(cosign, report),
    provideTools: async (report) => ({
      kubectl: await provideProgram('kubectl', report),
      kubeseal: await provideProgram('kubeseal', report),
      kustomize: await provideProgram('kustomize', report),
    }),
    provideManifests: async (report) => ({
      argoCd: await readManifest(downloads.argoCd, report),
      sealedSecrets: await readManifest(downloads.sealedSecrets, report),
    }),
    provideBaseImages: () => Promise.resolve('pulled'),
    provideImageArchives: () => Promise.resolve(new Map()),
    listArtifacts: () => Promise.resolve(all.map((one) => `${FINISHED_DOWNLOADS}/${keyOf(one, pinned)}`)),
    listImages: () => Promise.resolve([]),
  };
}

/** The downloads that the cache lacks. */
export async function listMissing(context: ReleaseContext): Promise<Download[]> {
  const missing: Download[] = [];
  for (const download of Object.values(listReleaseDownloads(context.system)))
    if (!(await isDownloaded(download, PINNED_CHECKSUMS, context.directories.cache))) missing.push(download);
  return missing;
}

/** Says of what only the publisher vouches; `undefined` where the repository has a checksum of everything. */
export function describeUnpinned(
  downloads: readonly Download[],
  pinned: PinnedChecksums,
): string | undefined {
  const names = downloads.filter(({ url }) => !pinned[url]).map(nameOf);
  if (names.length === 0) return undefined;
  return `only its publisher vouches for ${names.join(', ')}; npm run checksums pins it`;
}

/** A program on its own or in an archive, ready to be run. */
async function unpackProgram(name: string, source: string, cache: string, report: Report): Promise<string> {
  const build = async (folder: string) => {
    const program = join(folder, name);
    if (source.endsWith('.tar.gz'))
      await extract({ file: source, cwd: folder, filter: (path) => path.endsWith(name) });
    else await copyFile(source, program);
    await chmod(program, 0o755);
  };
  const folder = await provideArtifact({ name: 'tools', key: hashText(source), build }, cache, report);
  return join(folder, name);
}
