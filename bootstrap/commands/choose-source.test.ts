import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { runCommand } from '../../tests/support/run-command.ts';
import { offerRelease } from '../artifacts/testing/offer-release.ts';
import { ReleaseServer } from '../artifacts/testing/release-server.ts';
import { detectOperatingSystem } from '../lib/operating-system.ts';

const PROGRAM = join(import.meta.dirname, '..', 'cli.ts');
const INSTEAD = /everything is built from package registries instead/g;

let server: ReleaseServer;
let folder = '';
beforeEach(async () => {
  folder = await makeTemporaryFolder('source-');
  server = await ReleaseServer.start();
  await writeFile(join(folder, 'ca.pem'), server.certificate);
  await offerRelease(server, await detectOperatingSystem());
});
afterEach(async () => await server[Symbol.asyncDispose]());

/** Runs a command as a user behind a company's proxy does. */
async function run(...args: string[]) {
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: folder,
    HTTPS_PROXY: server.proxy,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
  };
  return await runCommand(process.execPath, [PROGRAM, ...args], { env, input: 'a value' });
}

describe('a command that needs a release', () => {
  test('says in one line that it takes packages where a host can not be reached', async () => {
    server.refusedHosts.add('dl.k8s.io');
    const { stdout, stderr } = await run('doctor');
    expect(stderr.match(INSTEAD)).toHaveLength(1);
    expect(stderr).toMatch(/^dl\.k8s\.io can't be reached: /);
    expect(stdout).toMatch(/^. go /m);
  });

  test('stops at something else than the repository pins, and takes no packages for that', async () => {
    const { stdout, stderr, exitCode } = await run('seal', 'movies', 'mail-account', 'password=-');
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Error: The publisher of .* says that its SHA-256 is .*checksums\.json says/);
    expect(stderr).not.toMatch(INSTEAD);
  });
});
