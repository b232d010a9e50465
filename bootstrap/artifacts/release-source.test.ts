import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { runCommand } from '../../tests/support/run-command.ts';
import { PINNED_CHECKSUMS } from './pinned-checksums.ts';
import {
  cosignDownload,
  k3sImagesDownload,
  listReleaseDownloads,
  type ReleaseDownloads,
  TARGETS,
} from './release-downloads.ts';
import { offerRelease, pinOffered, standIn } from './testing/offer-release.ts';
import { ReleaseServer } from './testing/release-server.ts';

const PROGRAM = join(import.meta.dirname, 'testing', 'provide-release.ts');
const NODE = process.execPath;

let server: ReleaseServer;
let folder = '';
let downloads: ReleaseDownloads;
beforeEach(async () => {
  folder = await makeTemporaryFolder('release-');
  server = await ReleaseServer.start();
  await writeFile(join(folder, 'ca.pem'), server.certificate);
  downloads = await offerRelease(server, { platform: 'linux', architecture: 'amd64' });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** Runs what `create` does, with a company's proxy in the environment, which opens TLS. */
async function provideRelease(pinned: Record<string, string> = pinOffered(server, downloads)) {
  const env = {
    PATH: '/usr/bin:/bin',
    HTTPS_PROXY: server.proxy,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
  };
  return await runCommand(NODE, [PROGRAM, join(folder, 'cache'), JSON.stringify(pinned)], { env });
}

describe('the source `release`', () => {
  test('has K3s, runnable tools and the manifests from where they are published, and then from the cache', async () => {
    const { stdout, stderr, exitCode } = await provideRelease();
    expect(stderr).not.toContain('Error');
    expect(exitCode).toBe(0);
    const { k3s, tools, manifests, remark } = JSON.parse(stdout);
    expect(await readFile(k3s, 'utf8')).toBe(standIn('k3s'));
    expect(manifests).toEqual({ argoCd: standIn('argoCd'), sealedSecrets: standIn('sealedSecrets') });
    for (const name of ['kubectl', 'kubeseal', 'kustomize']) {
      expect((await stat(tools[name])).mode & 0o111).not.toBe(0);
      expect((await runCommand(tools[name], [])).stdout).toBe(`${name}\n`);
    }
    expect(remark).toBeUndefined();
    const asked = [...server.downloads];
    const expected = Object.values(downloads).flatMap(({ url, checksumUrl }) =>
      [url, checksumUrl ?? []].flat(),
    );
    expect(asked.sort()).toEqual(expected.sort());
    expect(new Set(server.tunnels)).toEqual(
      new Set(['github.com:443', 'dl.k8s.io:443', 'raw.githubusercontent.com:443']),
    );
    await provideRelease();
    expect(server.downloads).toHaveLength(asked.length);
  });

  test('is downloaded once where two clusters are made at once', async () => {
    const results = await Promise.all([provideRelease(), provideRelease()]);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(results[0]?.stdout).toBe(results[1]?.stdout);
    const files = server.downloads.filter((url) => !/checksums|sha256/.test(url));
    expect(files).toHaveLength(Object.keys(downloads).length);
  });

  test('accepts what only its publisher vouches for, and says so', async () => {
    const { [downloads.kubeseal.url]: _, ...others } = pinOffered(server, downloads);
    const { stdout, exitCode } = await provideRelease(others);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).remark).toMatch(
      /^only its publisher vouches for kubeseal-.*; npm run checksums pins it$/,
    );
  });

  test('refuses what nobody vouches for', async () => {
    const { [downloads.argoCd.url]: _, ...others } = pinOffered(server, downloads);
    const { stderr, exitCode } = await provideRelease(others);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/Nobody says what .*install\.yaml must be[\s\S]*next: .*npm run checksums/);
  });

  test('refuses stand-ins for what the repository pins', async () => {
    const { stderr, exitCode } = await provideRelease({ ...PINNED_CHECKSUMS });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/The publisher of .*\/k3s says .* but bootstrap\/artifacts\/checksums\.json says/);
  });
});

test('every checksum in the repository is of something that is downloaded, and nothing of a manifest lacks one', () => {
  const all = TARGETS.flatMap((target) => [
    ...Object.values(listReleaseDownloads(target)),
    k3sImagesDownload(target),
    cosignDownload(target),
  ]);
  const urls = new Set(all.map(({ url }) => url));
  for (const [url, checksum] of Object.entries(PINNED_CHECKSUMS)) {
    expect(urls).toContain(url);
    expect(checksum).toMatch(/^[0-9a-f]{64}$/);
  }
  for (const target of TARGETS) {
    const { argoCd, sealedSecrets } = listReleaseDownloads(target);
    expect(Object.keys(PINNED_CHECKSUMS)).toEqual(expect.arrayContaining([argoCd.url, sealedSecrets.url]));
  }
});
