import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { UserError } from '../lib/errors.ts';
import { UnreachableError } from './attempts.ts';
import { hashText } from './content-hash.ts';
import { provideDownload } from './download.ts';
import type { DownloadLimits } from './download-settings.ts';
import { createHttpClient } from './http-client.ts';
import type { PinnedChecksums } from './pinned-checksums.ts';
import type { Download } from './published-checksum.ts';
import { type Fault, ReleaseServer, sha256 } from './testing/release-server.ts';

const MEBIBYTE = 1024 ** 2;
/** Long enough to come in many pieces. */
const BODY = Buffer.alloc(3 * MEBIBYTE, 'the program ');
const URL_OF_FILE = 'https://github.com/k3s-io/k3s/releases/download/v1.2.3%2Bk3s1/k3s';
const URL_OF_SUMS = 'https://github.com/k3s-io/k3s/releases/download/v1.2.3%2Bk3s1/sha256sum-amd64.txt';
const DOWNLOAD: Download = { url: URL_OF_FILE, checksumUrl: URL_OF_SUMS };
const LIMITS: DownloadLimits = { retries: 3, firstPauseMs: 20, silenceMs: 10_000, longestWaitMs: 5000 };
const TRUSTED = getCACertificates('default');

let server: ReleaseServer;
let cache = '';
let reported: string[] = [];

beforeEach(async () => {
  cache = await makeTemporaryFolder('cache-');
  reported = [];
  server = await ReleaseServer.start();
  setDefaultCACertificates([...TRUSTED, server.certificate]);
});
afterEach(async () => {
  setDefaultCACertificates(TRUSTED);
  await server[Symbol.asyncDispose]();
});

interface Options {
  readonly pinned?: PinnedChecksums;
  readonly limits?: Partial<DownloadLimits>;
  readonly except?: string;
  readonly proxy?: string;
}

function provide(download = DOWNLOAD, { pinned = {}, limits, except, proxy }: Options = {}): Promise<string> {
  const client = createHttpClient({ http: undefined, https: proxy ?? server.proxy, except });
  const settings = { client, limits: { ...LIMITS, ...limits }, cache };
  return provideDownload(download, pinned, settings, (activity) => reported.push(activity));
}

/** Offers the file with faults, one for each request. */
function offer(faults: Fault[] = [], more: { entityTag?: string; ignoresRanges?: boolean } = {}): void {
  server.offer(URL_OF_FILE, { body: BODY, entityTag: '"1"', faults, ...more });
  server.offer(URL_OF_SUMS, `${sha256(BODY)}  k3s\n${'0'.repeat(64)}  k3s-airgap-images-amd64.tar\n`);
}

const rangesAskedFor = () =>
  server.requests.filter(({ url }) => url === URL_OF_FILE).map(({ range, status }) => [range, status]);

describe('a download', () => {
  test('that is as its publisher says is kept, and not asked for again', async () => {
    offer();
    expect(await readFile(await provide())).toEqual(BODY);
    await provide();
    expect(server.downloads).toEqual([URL_OF_SUMS, URL_OF_FILE]);
    expect(await readdir(join(cache, 'begun-downloads'))).not.toContain(expect.stringMatching(/k3s$/));
  });

  test('tells how much of it is there', async () => {
    offer();
    await provide();
    expect(reported).toContain('k3s: 3 of 3 MiB');
    expect(reported.filter((line) => /^k3s: [012] of 3 MiB$/.test(line)).length).toBeGreaterThan(2);
  });

  test('with another checksum than its publisher says is refused and removed', async () => {
    offer();
    server.offer(URL_OF_FILE, 'something else');
    await expect(provide()).rejects.toThrow(/but its publisher says [0-9a-f]{64}/);
    offer();
    expect(await readFile(await provide())).toEqual(BODY);
  });

  test('of which the repository says something else than its publisher is not even begun', async () => {
    offer();
    const pinned = { [URL_OF_FILE]: 'a'.repeat(64) };
    await expect(provide(DOWNLOAD, { pinned })).rejects.toThrow(
      `says that its SHA-256 is ${sha256(BODY)}, but bootstrap/artifacts/checksums.json says ${'a'.repeat(64)}`,
    );
    expect(server.downloads).toEqual([URL_OF_SUMS]);
  });

  test('that its publisher names no checksum of is what the repository says, or refused', async () => {
    offer();
    const manifest = { url: URL_OF_FILE };
    const pinned = { [URL_OF_FILE]: sha256(BODY) };
    expect(await readFile(await provide(manifest, { pinned }))).toEqual(BODY);
    const other = { [URL_OF_FILE]: 'b'.repeat(64) };
    await expect(provide(manifest, { pinned: other })).rejects.toThrow('checksums.json says');
    await expect(provide(manifest)).rejects.toThrow(/Nobody says what .* must be/);
  });

  test('that its publisher says nothing of, where it should, is refused', async () => {
    offer();
    server.offer(URL_OF_SUMS, '<html>Please log in</html>');
    await expect(provide()).rejects.toThrow('says nothing of it');
  });

  test('that is not there is not asked for again and again, and the remedy tells of versions', async () => {
    const error: UserError = await provide().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(`${URL_OF_SUMS} answers 404 Not Found`);
    expect(error.remedy).toContain('versions.ts');
    expect(server.downloads).toEqual([URL_OF_SUMS]);
  });
});

describe('a download that is interrupted', () => {
  test('goes on where the connection broke', async () => {
    offer([{ breakAt: MEBIBYTE }, { breakAt: MEBIBYTE }]);
    expect(await readFile(await provide())).toEqual(BODY);
    const [first, ...others] = rangesAskedFor();
    expect(first).toEqual([undefined, 200]);
    expect(others).toHaveLength(2);
    for (const [range, status] of others) {
      expect(range).toMatch(/^bytes=\d{6,}-$/);
      expect(status).toBe(206);
    }
  });

  test('may break more often than it may fail, as long as each time brings something', async () => {
    offer(Array.from({ length: 8 }, () => ({ breakAt: 300 * 1024 })));
    expect(await readFile(await provide())).toEqual(BODY);
  });

  test('begins anew where the server knows no ranges', async () => {
    offer([{ breakAt: MEBIBYTE }], { ignoresRanges: true });
    expect(await readFile(await provide())).toEqual(BODY);
    expect(rangesAskedFor().map(([, status]) => status)).toEqual([200, 200]);
  });

  test('goes on in the next run, also in that of another cluster', async () => {
    const silent = { fallSilentAt: 40_000 };
    offer([silent, silent]);
    await expect(provide(DOWNLOAD, { limits: { retries: 0, silenceMs: 1500 } })).rejects.toThrow(
      UnreachableError,
    );
    offer();
    expect(await readFile(await provide())).toEqual(BODY);
    expect(rangesAskedFor().at(-1)).toEqual(['bytes=40000-', 206]);
  });

  test('begins anew where what was offered has changed since', async () => {
    offer([{ fallSilentAt: 40_000 }]);
    await expect(provide(DOWNLOAD, { limits: { retries: 0, silenceMs: 1500 } })).rejects.toThrow(
      UnreachableError,
    );
    offer([], { entityTag: '"2"' });
    expect(await readFile(await provide())).toEqual(BODY);
    expect(rangesAskedFor().at(-1)).toEqual(['bytes=40000-', 200]);
  });

  test('and damaged meanwhile is downloaded once more before anybody is suspected', async () => {
    offer([{ fallSilentAt: 40_000 }]);
    await expect(provide(DOWNLOAD, { limits: { retries: 0, silenceMs: 1500 } })).rejects.toThrow(
      UnreachableError,
    );
    const begun = join(cache, 'begun-downloads');
    const [folder = ''] = (await readdir(begun)).filter((name) => name.endsWith('-k3s'));
    await writeFile(join(begun, folder, 'k3s'), Buffer.alloc(40_000));
    offer();
    expect(await readFile(await provide())).toEqual(BODY);
    expect(rangesAskedFor().map(([, status]) => status)).toEqual([200, 206, 200]);
  });

  test('goes on where the server fell silent', async () => {
    offer([{ fallSilentAt: MEBIBYTE }]);
    expect(await readFile(await provide(DOWNLOAD, { limits: { silenceMs: 1500 } }))).toEqual(BODY);
    expect(rangesAskedFor().map(([, status]) => status)).toEqual([200, 206]);
  });

  test('by this machine, not by the network, is not tried again', async () => {
    offer();
    const begun = join(cache, 'begun-downloads', `${hashText(URL_OF_FILE, '')}-k3s`);
    await mkdir(join(begun, 'k3s'), { recursive: true });
    await expect(provide()).rejects.toThrow(/EISDIR|directory/);
    expect(rangesAskedFor()).toHaveLength(1);
  });
});

describe('a server that is overloaded', () => {
  test('is asked again when it says, in seconds', async () => {
    offer([{ status: 429, headers: { 'retry-after': '1' } }]);
    const startedAtMs = performance.now();
    await provide();
    expect(performance.now() - startedAtMs).toBeGreaterThan(990);
    expect(reported).toContain('github.com answers 429 Too Many Requests: waiting for 1 s, as it asks');
  });

  test('is asked again when it says, by a date', async () => {
    const date = new Date(Date.now() + 2000);
    offer([{ status: 503, headers: { 'retry-after': date.toUTCString() } }]);
    await provide();
    // The header has whole seconds.
    expect(Date.now()).toBeGreaterThanOrEqual(Math.floor(date.getTime() / 1000) * 1000);
  });

  test('that asks to wait for long is not waited for', async () => {
    offer([{ status: 429, headers: { 'retry-after': '3600' } }]);
    await expect(provide()).rejects.toThrow(
      'github.com answers 429 Too Many Requests, and asks to wait for 3600 s',
    );
  });

  test('is asked again after growing pauses, and not for ever', async () => {
    offer([{ status: 503 }, { status: 502 }]);
    await provide();
    await rm(join(cache, 'downloads'), { recursive: true });
    offer(Array.from({ length: 4 }, () => ({ status: 503 })));
    const error: UserError = await provide().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).not.toBeInstanceOf(UnreachableError);
    expect(error.message).toContain('github.com answers 503 Service Unavailable');
  });
});

describe('a proxy', () => {
  test('is what downloads go through', async () => {
    offer();
    await provide();
    expect(server.tunnels).toContain('github.com:443');
  });

  test('is gone past for the hosts of NO_PROXY', async () => {
    const url = `${server.address}/k3s`;
    server.offer(url, 'past it');
    const pinned = { [url]: sha256('past it') };
    await provide({ url }, { pinned, except: 'example.com,127.0.0.1' });
    expect(server.tunnels).toEqual([]);
    await rm(join(cache, 'downloads'), { recursive: true });
    await provide({ url }, { pinned });
    expect(server.tunnels).toEqual([new URL(server.address).host]);
  });

  test('that lets nobody through to a host makes that host unreachable', async () => {
    offer();
    server.refusedHosts.add('github.com');
    await expect(provide()).rejects.toThrow(UnreachableError);
  });

  test('that opens TLS without being trusted makes the host unreachable, and the reason is told', async () => {
    offer();
    setDefaultCACertificates(TRUSTED);
    const error: UnreachableError = await provide().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error.message).toMatch(/^github\.com can't be reached: .*certificate/);
    expect(error.remedy).toContain('NODE_EXTRA_CA_CERTS');
  });
});

test('a host that does not answer is unreachable', async () => {
  const port = await new Promise<number>((resolve) => {
    const free = createServer().listen(0, '127.0.0.1', () => {
      const address = free.address();
      free.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
  const error: UnreachableError = await provide(DOWNLOAD, {
    proxy: `http://127.0.0.1:${port}`,
  }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(UnreachableError);
  expect(error.message).toMatch(/^github\.com can't be reached: .*ECONNREFUSED/);
});

test('what two want at once is downloaded once', async () => {
  offer([{ status: 503 }]);
  const files = await Promise.all([provide(), provide(), provide()]);
  expect(new Set(files).size).toBe(1);
  expect(server.downloads).toEqual([URL_OF_SUMS, URL_OF_FILE, URL_OF_FILE]);
  expect(reported).toContain('k3s: waiting for another process that downloads it');
});
