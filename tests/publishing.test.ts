import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { imageReference, type ServiceImage } from '../bootstrap/artifacts/service-images.ts';
import { findDockerClient } from '../bootstrap/lib/docker.ts';
import { PLATFORMS } from '../bootstrap/release/published-images.ts';
import { createClone, type TestClone } from '../bootstrap/release/testing/create-clone.ts';
import { readEnvironment } from '../bootstrap/settings/environment.ts';
import { freePort } from '../services/backends/free-port.ts';
import { requireSuccess } from './support/cluster-under-test.ts';
import { eventually } from './support/eventually.ts';
import { shell } from './support/go-tools.ts';
import { type RunningCommand, runCommand, startCommand } from './support/run-command.ts';

const SCRIPTS = join(import.meta.dirname, '..', 'bootstrap', 'release', 'workflow');

/** Docker's client as `release` would choose it: not every one builds with BuildKit. */
const client = (await findDockerClient(shell, readEnvironment().path))?.file ?? 'docker';
const docker = async (...args: string[]) =>
  await shell.run(client, args, { env: { DOCKER_BUILDKIT: '1', DOCKER_CLI_EXPERIMENTAL: 'enabled' } });

/** What release.yaml does, with its own scripts, against a registry that is a real one. */
describe('publishing', () => {
  let folder = '';
  let host = '';
  let registry: RunningCommand;
  let clone: TestClone;
  const made: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'publishing-'));
    host = `127.0.0.1:${await freePort()}`;
    const storage = { filesystem: { rootdirectory: join(folder, 'images') } };
    await writeFile(join(folder, 'registry.yml'), stringify({ version: 0.1, storage, http: { addr: host } }));
    registry = startCommand('docker-registry', ['serve', join(folder, 'registry.yml')]);
    await eventually(
      { description: 'the registry', timeoutMs: 20_000 },
      async () => (await fetch(`http://${host}/v2/`)).ok,
    );
    clone = await createClone();
    const file = 'clusters/local/cluster.yaml';
    const settings = await readFile(join(clone.folder, file), 'utf8');
    await clone.write(file, settings.replace('docker.io', host));
    await clone.commitAll('Use a registry of my own');
    await clone.git('clone', '--quiet', '--bare', clone.folder, join(folder, 'remote.git'));
    await clone.git('remote', 'add', 'origin', join(folder, 'remote.git'));
  });

  afterAll(async () => {
    if (made.length > 0) await docker('image', 'rm', '--force', ...made);
    registry.child.kill();
    await registry.result;
    await clone[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const runScript = async (script: string) => {
    const place = ['--registry', host, '--repository', clone.folder];
    const result = runCommand(process.execPath, [join(SCRIPTS, script), ...place]);
    return (await requireSuccess(result)).stdout;
  };
  const listUnpublished = async (): Promise<(ServiceImage & { reference: string })[]> =>
    JSON.parse((await runScript('list-unpublished.ts')).match(/^images=(.*)$/m)?.[1] ?? '');
  /** Builds and pushes an image for one platform. */
  const pushFor = async (platform: string, image: ServiceImage, reference: string) => {
    const dockerfile = join(clone.folder, 'services', image.name, 'Dockerfile');
    const build = ['build', '--quiet', '--platform', platform, '--tag', reference, '--file', dockerfile];
    await docker(...build, join(clone.folder, 'services'));
    made.push(reference);
    await docker('push', '--quiet', reference);
  };

  test('finds every image missing at first, and one that is there for a single platform, too', async () => {
    const missing = await listUnpublished();
    expect(missing.map(({ name }) => name)).toEqual(['api-gateway', 'postgres', 'query-api']);
    const [gateway] = missing;
    if (!gateway) throw new Error('nothing is missing');
    await pushFor(PLATFORMS[0], gateway, gateway.reference);
    expect(await listUnpublished()).toHaveLength(3);
  });

  test('has nothing left to build when all are there for all platforms, and commits their tags', async () => {
    for (const image of await clone.listImages()) {
      const reference = imageReference(image);
      const parts = PLATFORMS.map((platform) => `${reference}-${platform.replace('/', '-')}`);
      for (const [index, platform] of PLATFORMS.entries()) await pushFor(platform, image, parts[index] ?? '');
      await docker('manifest', 'create', '--insecure', reference, ...parts);
      await docker('manifest', 'push', '--insecure', '--purge', reference);
    }
    expect(await listUnpublished()).toEqual([]);
    expect(await runScript('push-tags.ts')).toMatch(/main is at [0-9a-f]{40}/);
    expect(await runScript('push-tags.ts')).toContain('Nothing to push');
  });

  test('builds the one service that changed, and after a revert none', async () => {
    await clone.git('pull', '--quiet', '--rebase', 'origin', 'main');
    await clone.write('services/query-api/main.ts', 'query two\n');
    await clone.commitAll('Change query-api');
    expect((await listUnpublished()).map(({ name }) => name)).toEqual(['query-api']);
    await clone.git('revert', '--no-edit', 'HEAD');
    expect(await listUnpublished()).toEqual([]);
  });
});
