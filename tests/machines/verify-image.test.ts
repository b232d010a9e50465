import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatPolicy } from '../../bootstrap/image-signatures/verifier.ts';
import { findPrograms } from '../../bootstrap/lib/find-program.ts';
import { readEnvironment } from '../../bootstrap/settings/environment.ts';
import { requireSuccess } from '../support/cluster-under-test.ts';
import { LocalRegistry } from '../support/local-registry.ts';
import { makeTemporaryFolder } from '../support/make-temporary-folder.ts';
import { runCommand } from '../support/run-command.ts';

const SCRIPT = join(import.meta.dirname, '..', '..', 'bootstrap', 'image-signatures', 'verify-image');
const DIGEST = `sha256:${'0'.repeat(64)}`;

/** On GitHub it is installed; to compile it takes longer than all other tests of machines. */
const [cosign] = await findPrograms('cosign', readEnvironment().path);

let folder = '';
beforeEach(async () => {
  folder = await makeTemporaryFolder('verify-image-');
  await mkdir(join(folder, 'bin'));
  await copyFile(SCRIPT, join(folder, 'bin', 'verify-image'));
  await chmod(join(folder, 'bin', 'verify-image'), 0o755);
});

/** Asks as containerd does (its pkg/imageverifier/bindir). */
async function ask(name: string, digest = DIGEST) {
  const args = [
    '-name',
    name,
    '-digest',
    digest,
    '-stdin-media-type',
    'application/vnd.oci.descriptor.v1+json',
  ];
  const { exitCode, stdout } = await runCommand(join(folder, 'bin', 'verify-image'), args);
  return { isAllowed: exitCode === 0, reason: stdout.trim() };
}

const images = { registry: 'docker.io', namespace: 'you', mirrors: {}, signatures: { key: 'my.pub' } };
const writePolicy = async (policy: string) => await writeFile(join(folder, 'policy'), policy);

describe('what asks for signatures', () => {
  test.each([
    'docker.io/library/busybox:1.37',
    'docker.io/your/api-gateway:1',
    'registry.k8s.io/docker.io/you/pause:3',
  ])('lets %s through, which is not ours', async (name) => {
    await writePolicy(formatPolicy(images, {}));
    expect(await ask(name)).toEqual({ isAllowed: true, reason: 'not one of docker.io/you/' });
  });

  test.each([
    ['the policy', async () => {}],
    ['cosign', async () => await writePolicy(formatPolicy(images, {}))],
    ['what is ours in the policy', async () => await writePolicy('')],
  ])('lets nothing of ours through without %s', async (_, prepare) => {
    await prepare();
    expect((await ask('docker.io/you/api-gateway:1')).isAllowed).toBe(false);
  });

  test('lets nothing through that has no name', async () => {
    await writePolicy(formatPolicy(images, {}));
    expect((await ask('')).isAllowed).toBe(false);
  });
});

describe.skipIf(!cosign)('a signature by a key, in a real registry', () => {
  let registry: LocalRegistry;
  let keys = '';
  beforeAll(async () => {
    keys = await mkdtemp(join(tmpdir(), 'keys-'));
    const user = { username: 'node', password: 'a-password' };
    registry = await LocalRegistry.start(join(keys, 'registry'), '127.0.0.1', user);
    for (const name of ['ours', 'foreign'])
      await runCosign('generate-key-pair', '--output-key-prefix', join(keys, name));
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await rm(keys, { recursive: true });
  });
  beforeEach(async () => {
    await symlink(cosign ?? '', join(folder, 'cosign'));
    const mirrors = { 'docker.io': [`http://${registry.pushHost}`] };
    const policy = formatPolicy({ ...images, mirrors }, {});
    // The machine's own path to the key.
    await writePolicy(policy.replaceAll('/usr/local/lib/k3s/image-verifier/key.pub', join(keys, 'ours.pub')));
  });

  const runCosign = async (...args: string[]) =>
    await requireSuccess(runCommand(cosign ?? '', args, { env: { COSIGN_PASSWORD: '', HOME: keys } }));
  const sign = async (key: string, digest: string) =>
    await runCosign(
      ...['sign', '--yes', '--key', join(keys, `${key}.key`)],
      ...['--use-signing-config=false', '--tlog-upload=false', `${registry.pushHost}/you/app@${digest}`],
    );

  test('lets an image through, wherever it is pulled from, and by whatever tag', async () => {
    const digest = await pushImage(registry.pushHost, 'you/app', 'signed');
    await sign('ours', digest);
    const verdict = { isAllowed: true, reason: `signed, as ${registry.pushHost}/you/ has it` };
    expect(await ask('docker.io/you/app:277ed636fec8', digest)).toEqual(verdict);
    expect(await ask(`docker.io/you/app:1@${digest}`, digest)).toEqual(verdict);
  });

  test('is asked for: an image without one is refused, with the reason', async () => {
    const digest = await pushImage(registry.pushHost, 'you/app', 'unsigned');
    const { isAllowed, reason } = await ask('docker.io/you/app:1', digest);
    expect(isAllowed).toBe(false);
    expect(reason).toMatch(/^app has no signature that is asked for: .*no signatures found/i);
  });

  test('of another is none', async () => {
    const digest = await pushImage(registry.pushHost, 'you/app', 'signed by another');
    await sign('foreign', digest);
    expect((await ask('docker.io/you/app:1', digest)).isAllowed).toBe(false);
  });

  test('is of one image, not of a name', async () => {
    await sign('ours', await pushImage(registry.pushHost, 'you/app', 'before'));
    const replaced = await pushImage(registry.pushHost, 'you/app', 'after');
    expect((await ask('docker.io/you/app:1', replaced)).isAllowed).toBe(false);
  });
});

/**
 * Pushes the smallest image that there is (https://github.com/opencontainers/distribution-spec).
 *
 * @returns its digest
 */
async function pushImage(host: string, repository: string, content: string): Promise<string> {
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: { content } } });
  const base = `http://${host}/v2/${repository}`;
  const start = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
  const upload = new URL(start.headers.get('location') ?? '', base);
  upload.searchParams.set('digest', digestOf(config));
  await requireCreated(fetch(upload, { method: 'PUT', body: config }));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const descriptor = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(config),
    size: config.length,
  };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers: [] });
  const digest = digestOf(manifest);
  const headers = { 'content-type': mediaType };
  await requireCreated(fetch(`${base}/manifests/${digest}`, { method: 'PUT', body: manifest, headers }));
  return digest;
}

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

async function requireCreated(answer: Promise<Response>): Promise<void> {
  const { status, url } = await answer;
  if (status !== 201) throw new Error(`${url} answers ${status}`);
}
