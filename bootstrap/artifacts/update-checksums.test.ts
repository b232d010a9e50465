import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { runCommand } from '../../tests/support/run-command.ts';
import { cosignDownload, k3sImagesDownload, listReleaseDownloads, TARGETS } from './release-downloads.ts';
import { offerDownloads, pinOffered } from './testing/offer-release.ts';
import { ReleaseServer } from './testing/release-server.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');

let server: ReleaseServer;
let folder = '';
let offered: Record<string, string> = {};
beforeEach(async () => {
  folder = await makeTemporaryFolder('checksums-');
  server = await ReleaseServer.start();
  await writeFile(join(folder, 'ca.pem'), server.certificate);
  offered = {};
  for (const target of TARGETS) {
    const downloads = {
      ...listReleaseDownloads(target),
      k3sImages: k3sImagesDownload(target),
      cosign: cosignDownload(target),
    };
    await offerDownloads(server, downloads);
    Object.assign(offered, pinOffered(server, downloads));
  }
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

/** Runs the command in a copy of what it consists of, whose checksums are `pinned`. */
async function update(pinned: Record<string, string>, ...args: string[]) {
  const file = join(folder, 'bootstrap', 'artifacts', 'checksums.json');
  for (const part of ['artifacts', 'lib', 'settings'])
    await cp(join(REPOSITORY, 'bootstrap', part), join(folder, 'bootstrap', part), { recursive: true });
  await cp(join(REPOSITORY, 'package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'tests'), { recursive: true });
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules')).catch(() => undefined);
  await writeFile(file, JSON.stringify(pinned));
  const env = {
    PATH: `${join(REPOSITORY, 'node_modules', '.bin')}:/usr/bin:/bin`,
    HTTPS_PROXY: server.proxy,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
  };
  const program = join(folder, 'bootstrap', 'artifacts', 'update-checksums.ts');
  const result = await runCommand(process.execPath, [program, ...args], { cwd: folder, env });
  return { ...result, written: JSON.parse(await readFile(file, 'utf8')) };
}

test('new versions are pinned by what their publishers say, and manifests by what comes; old ones go', async () => {
  const { stdout, stderr, exitCode, written } = await update({ 'https://example.com/old': '0'.repeat(64) });
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(written).toEqual(offered);
  expect(stdout).toBe(
    `${Object.keys(offered).length} checksums, ${Object.keys(offered).length} of them new\n`,
  );
});

test('a pinned version that its publisher has changed is refused, and nothing is written', async () => {
  const [url = ''] = Object.keys(offered);
  const pinned = { ...offered, [url]: '0'.repeat(64) };
  const { stderr, exitCode, written } = await update(pinned);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`${url} was ${'0'.repeat(64)}, and is ${offered[url]} now`);
  expect(written).toEqual(pinned);
});

test('--check names what is not pinned, and writes nothing', async () => {
  const [url = '', ...others] = Object.keys(offered);
  const pinned = Object.fromEntries(others.map((other) => [other, offered[other] ?? '']));
  const { stderr, exitCode, written } = await update(pinned, '--check');
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`There is no checksum of ${url}`);
  expect(written).toEqual(pinned);
  expect((await update(offered, '--check')).stdout).toContain('as their publishers say');
});
