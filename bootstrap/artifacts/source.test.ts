import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { UserError } from '../lib/errors.ts';
import { StepError } from '../lib/progress.ts';
import { readEnvironment } from '../settings/environment.ts';
import { parseClusterSettings } from '../settings/read-cluster-settings.ts';
import { UnreachableError } from './attempts.ts';
import { keyOf } from './download.ts';
import { PINNED_CHECKSUMS } from './pinned-checksums.ts';
import { listReleaseDownloads } from './release-downloads.ts';
import { chooseSource, noteSource, type Source, type SourceContext, withChosenSource } from './source.ts';
import { offerRelease } from './testing/offer-release.ts';
import { ReleaseServer } from './testing/release-server.ts';

const LOCAL = await readFile(join(import.meta.dirname, '../../clusters/local/cluster.yaml'), 'utf8');
const TRUSTED = getCACertificates('default');
const TARGET = { platform: 'linux', architecture: 'amd64' } as const;

let server: ReleaseServer;
let folder = '';
let printed = '';
beforeEach(async () => {
  folder = await makeTemporaryFolder('source-');
  server = await ReleaseServer.start();
  setDefaultCACertificates([...TRUSTED, server.certificate]);
  await offerRelease(server, TARGET);
  printed = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  setDefaultCACertificates(TRUSTED);
  await server[Symbol.asyncDispose]();
});

function contextOf(source: Source | 'auto'): SourceContext {
  const settings = parseClusterSettings(LOCAL.replace('source: auto', `source: ${source}`), 'cluster.yaml');
  return {
    cluster: { name: 'test', folder, settings },
    directories: { cache: join(folder, 'cache'), data: join(folder, 'data'), log: folder, config: folder },
    environment: readEnvironment({ HTTPS_PROXY: server.proxy }),
    system: { ...TARGET, isDebian: true, isRoot: false },
    log: { file: '', info: () => {}, error: () => {}, close: () => Promise.resolve() },
  };
}

const unreachable = () =>
  new StepError('Download K3s', new UnreachableError('https://github.com/x', new Error('ENETUNREACH')));

describe('`auto`', () => {
  test('is `release` where every host answers, and nothing is downloaded for that', async () => {
    expect(await chooseSource(contextOf('auto'))).toBe('release');
    expect(printed).toBe('');
    expect(server.downloads).toEqual([]);
  });

  test('is `packages`, with one line that says why, where any host does not', async () => {
    server.refusedHosts.add('dl.k8s.io');
    expect(await chooseSource(contextOf('auto'))).toBe('packages');
    expect(printed).toMatch(
      /^dl\.k8s\.io can't be reached: .*; everything is built from package registries instead\n$/,
    );
  });

  test('is `release` without any network where the cache has everything', async () => {
    const context = contextOf('auto');
    for (const download of Object.values(listReleaseDownloads(TARGET)))
      await mkdir(join(context.directories.cache, 'downloads', keyOf(download, PINNED_CHECKSUMS)), {
        recursive: true,
      });
    server.refusedHosts.add('github.com');
    expect(await chooseSource(context)).toBe('release');
    expect(server.tunnels).toEqual([]);
  });

  test('stays with what the cluster was made from, whatever answers now', async () => {
    const context = contextOf('auto');
    await noteSource(context, 'packages');
    expect(await chooseSource(context)).toBe('packages');
    await noteSource(context, 'release');
    server.refusedHosts.add('github.com');
    expect(await chooseSource(context)).toBe('release');
    expect(printed).toBe('');
  });
});

test('a source in the settings is not asked about', async () => {
  expect(await chooseSource(contextOf('packages'))).toBe('packages');
  expect(await chooseSource(contextOf('release'))).toBe('release');
  expect(server.requests).toEqual([]);
});

describe('a download that fails', () => {
  const attempt = async (source: Source | 'auto', error: Error, before?: Source) => {
    const context = contextOf(source);
    if (before) await noteSource(context, before);
    const tried: Source[] = [];
    const failure = await withChosenSource(context, (chosen) => {
      tried.push(chosen);
      return chosen === 'release' ? Promise.reject(error) : Promise.resolve();
    }).catch((thrown: unknown) => thrown);
    return { tried, failure };
  };

  test('because its host can not be reached any more makes `auto` begin again with packages', async () => {
    expect(await attempt('auto', unreachable())).toEqual({
      tried: ['release', 'packages'],
      failure: undefined,
    });
    expect(printed.split('\n')).toHaveLength(2);
    expect(printed).toContain("github.com can't be reached: ENETUNREACH; everything is built");
  });

  test('because of a wrong checksum never does', async () => {
    const error = new StepError('Download K3s', new UserError('k3s has the SHA-256 …', 'Do not trust it.'));
    expect(await attempt('auto', error)).toEqual({ tried: ['release'], failure: error });
    expect(printed).toBe('');
  });

  test('is final where `release` was asked for, and where the cluster is made from it', async () => {
    const error = unreachable();
    expect(await attempt('release', error)).toEqual({ tried: ['release'], failure: error });
    expect(await attempt('auto', error, 'release')).toEqual({ tried: ['release'], failure: error });
  });
});
